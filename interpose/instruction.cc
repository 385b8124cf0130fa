#include "interpose/instruction.h"

#include <capstone/capstone.h>

#include <algorithm>
#include <memory>

namespace usher {
namespace {

class Capstone {
 public:
  explicit Capstone(Machine machine) {
    const bool x86 = machine == Machine::kX86_64;
    open_ =
        cs_open(x86 ? CS_ARCH_X86 : CS_ARCH_ARM64, x86 ? CS_MODE_64 : CS_MODE_LITTLE_ENDIAN, &handle_) == CS_ERR_OK &&
        cs_option(handle_, CS_OPT_DETAIL, CS_OPT_ON) == CS_ERR_OK;
  }
  ~Capstone() {
    if (handle_ != 0) cs_close(&handle_);
  }
  Capstone(const Capstone&) = delete;
  Capstone& operator=(const Capstone&) = delete;

  bool open() const { return open_; }
  csh handle() const { return handle_; }

 private:
  csh handle_ = 0;
  bool open_ = false;
};

bool InGroup(const cs_insn& raw, uint8_t group) {
  const std::span<const uint8_t> groups(raw.detail->groups, raw.detail->groups_count);
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

bool Writes(csh handle, const cs_insn& raw, std::initializer_list<uint16_t> registers) {
  cs_regs read, written;
  uint8_t reads = 0, writes = 0;
  if (cs_regs_access(handle, &raw, read, &reads, written, &writes) != CS_ERR_OK)
    return true;  // rather too often than not
  return std::any_of(written, written + writes, [&](uint16_t reg) {
    return std::find(registers.begin(), registers.end(), reg) != registers.end();
  });
}

Instruction OnX86(csh handle, const cs_insn& raw) {
  Instruction result;
  const cs_x86& x86 = raw.detail->x86;
  result.calls_kernel = raw.id == X86_INS_SYSCALL;
  result.leaves = InGroup(raw, CS_GRP_JUMP) || InGroup(raw, CS_GRP_CALL) || InGroup(raw, CS_GRP_RET) ||
                  InGroup(raw, CS_GRP_INT) || InGroup(raw, CS_GRP_IRET) || raw.id == X86_INS_SYSENTER ||
                  raw.id == X86_INS_HLT || raw.id == X86_INS_UD2;
  if (result.calls_kernel) result.leaves = false;
  bool relative = false;
  for (int i = 0; i < x86.op_count; ++i) {
    relative |= x86.operands[i].type == X86_OP_MEM && x86.operands[i].mem.base == X86_REG_RIP;
  }
  if (result.leaves && x86.op_count == 1 && (InGroup(raw, CS_GRP_JUMP) || InGroup(raw, CS_GRP_CALL))) {
    if (x86.operands[0].type == X86_OP_IMM)
      result.target = static_cast<uint64_t>(x86.operands[0].imm);
    else
      result.jumps_by_register = InGroup(raw, CS_GRP_JUMP);
  }
  result.movable = !result.leaves && !result.calls_kernel && !relative;
  const bool constant = raw.id == X86_INS_MOV && x86.op_count == 2 && x86.operands[0].type == X86_OP_REG &&
                        (x86.operands[0].reg == X86_REG_EAX || x86.operands[0].reg == X86_REG_RAX) &&
                        x86.operands[1].type == X86_OP_IMM;
  if (constant) result.number = static_cast<uint64_t>(x86.operands[1].imm);
  result.changes_number =
      !constant && Writes(handle, raw, {X86_REG_RAX, X86_REG_EAX, X86_REG_AX, X86_REG_AL, X86_REG_AH});
  return result;
}

Instruction OnAArch64(csh handle, const cs_insn& raw) {
  Instruction result;
  const cs_arm64& arm = raw.detail->arm64;
  result.calls_kernel = raw.id == ARM64_INS_SVC;
  result.leaves =
      InGroup(raw, CS_GRP_JUMP) || InGroup(raw, CS_GRP_CALL) || InGroup(raw, CS_GRP_RET) || InGroup(raw, CS_GRP_INT) ||
      raw.id == ARM64_INS_B || raw.id == ARM64_INS_BL || raw.id == ARM64_INS_BR || raw.id == ARM64_INS_BLR ||
      raw.id == ARM64_INS_RET || raw.id == ARM64_INS_CBZ || raw.id == ARM64_INS_CBNZ || raw.id == ARM64_INS_TBZ ||
      raw.id == ARM64_INS_TBNZ || raw.id == ARM64_INS_BRK || raw.id == ARM64_INS_HLT || raw.id == ARM64_INS_ERET;
  if (result.calls_kernel) result.leaves = false;
  result.jumps_by_register = raw.id == ARM64_INS_BR;
  if (result.leaves && arm.op_count > 0 && arm.operands[arm.op_count - 1].type == ARM64_OP_IMM) {
    result.target = static_cast<uint64_t>(arm.operands[arm.op_count - 1].imm);  // the label comes last
  }
  const bool load_literal = (raw.id == ARM64_INS_LDR || raw.id == ARM64_INS_LDRSW || raw.id == ARM64_INS_PRFM) &&
                            arm.op_count == 2 && arm.operands[1].type == ARM64_OP_IMM;
  result.movable =
      !result.leaves && !result.calls_kernel && raw.id != ARM64_INS_ADR && raw.id != ARM64_INS_ADRP && !load_literal;
  const bool constant = (raw.id == ARM64_INS_MOV || raw.id == ARM64_INS_MOVZ) && arm.op_count == 2 &&
                        arm.operands[0].type == ARM64_OP_REG &&
                        (arm.operands[0].reg == ARM64_REG_W8 || arm.operands[0].reg == ARM64_REG_X8) &&
                        arm.operands[1].type == ARM64_OP_IMM && arm.operands[1].shift.value == 0;
  if (constant) result.number = static_cast<uint64_t>(arm.operands[1].imm);
  result.changes_number = !constant && Writes(handle, raw, {ARM64_REG_W8, ARM64_REG_X8});
  return result;
}

}  // namespace

std::optional<std::vector<Instruction>> Disassemble(Machine machine, std::span<const uint8_t> code, uint64_t address) {
  const Capstone capstone(machine);
  if (!capstone.open()) return std::nullopt;
  const std::unique_ptr<cs_insn, void (*)(cs_insn*)> raw(cs_malloc(capstone.handle()),
                                                         [](cs_insn* one) { cs_free(one, 1); });
  std::vector<Instruction> instructions;
  const uint8_t* at = code.data();
  size_t left = code.size();
  uint64_t next = address;
  while (left > 0) {
    if (!cs_disasm_iter(capstone.handle(), &at, &left, &next, raw.get())) return std::nullopt;
    Instruction one = machine == Machine::kX86_64 ? OnX86(capstone.handle(), *raw) : OnAArch64(capstone.handle(), *raw);
    one.address = raw->address;
    one.size = static_cast<uint8_t>(raw->size);
    instructions.push_back(one);
  }
  return instructions;
}

}  // namespace usher
