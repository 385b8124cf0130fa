#include "supervisor/audit/log_chain.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"
#include "supervisor/kernel/unique_fd.h"

namespace usher {
namespace {

std::string Hex(const std::array<unsigned char, crypto_hash_sha256_BYTES>& hash) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * hash.size());
  for (const unsigned char byte : hash) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

bool Consume(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// Decimal without sign or leading zero, as the writer spells it.
bool ConsumeNumber(std::string_view& text, uint64_t& number) {
  const std::string_view digits = text.substr(0, text.find_first_not_of("0123456789"));
  if (digits.empty() || digits.size() > 19 || (digits.size() > 1 && digits[0] == '0')) return false;
  number = 0;
  for (const char digit : digits) number = number * 10 + static_cast<uint64_t>(digit - '0');
  text.remove_prefix(digits.size());
  return true;
}

}  // namespace

std::string LineHash(std::string_view bytes) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash;
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return Hex(hash);
}

ChainVerifier::ChainVerifier() { crypto_hash_sha256_init(&file_hash_); }

absl::Status ChainVerifier::Feed(std::string_view bytes) {
  if (!broken_.ok()) return broken_;
  crypto_hash_sha256_update(&file_hash_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  while (!bytes.empty()) {
    const size_t newline = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, newline);
    if (partial_.size() + piece.size() > kMaxLogLine) {
      return broken_ = absl::DataLossError(Concat("line ", chain_.lines + 1, " is longer than Usher writes"));
    }
    if (newline == std::string_view::npos) {
      partial_ += piece;
      return absl::OkStatus();
    }
    if (partial_.empty()) {
      broken_ = TakeLine(piece);
    } else {
      partial_ += piece;
      broken_ = TakeLine(partial_);
      partial_.clear();
    }
    if (!broken_.ok()) return broken_;
    bytes.remove_prefix(newline + 1);
  }
  return absl::OkStatus();
}

absl::Status ChainVerifier::TakeLine(std::string_view line) {
  std::string_view rest = line;
  uint64_t number = 0, dropped = 0;
  if (!Consume(rest, "{\"n\":") || !ConsumeNumber(rest, number) || !Consume(rest, ",\"prev\":\"") ||
      rest.size() < kNoLineBefore.size() + 1 || rest[kNoLineBefore.size()] != '"' || !rest.ends_with('}')) {
    return absl::DataLossError(Concat("line ", chain_.lines + 1, " is not a line that Usher writes"));
  }
  if (number != chain_.lines) {
    return absl::DataLossError(
        Concat("line ", chain_.lines + 1, " has the number ", number, ": lines are missing, added or moved"));
  }
  if (!Consume(rest, chain_.head)) {
    return absl::DataLossError(Concat("line ", chain_.lines + 1, " does not follow from ",
                                      chain_.lines == 0 ? "an empty log" : "the line before it",
                                      ": one of the two was changed"));
  }
  if (Consume(rest, "\",\"dropped\":") && ConsumeNumber(rest, dropped)) {
    if (dropped > std::numeric_limits<uint64_t>::max() - chain_.dropped) {
      return absl::DataLossError(Concat("line ", chain_.lines + 1, " is not a line that Usher writes"));
    }
    chain_.dropped += dropped;
  }
  chain_.head = LineHash(line);
  ++chain_.lines;
  return absl::OkStatus();
}

absl::StatusOr<LogChain> ChainVerifier::Finish() {
  if (!broken_.ok()) return broken_;
  if (!partial_.empty()) {
    return broken_ = absl::DataLossError(Concat("line ", chain_.lines + 1, " has no end: the log was cut off"));
  }
  if (chain_.lines == 0) return broken_ = absl::DataLossError("the log is empty");
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash;
  crypto_hash_sha256_final(&file_hash_, hash.data());
  chain_.sha256 = Hex(hash);
  return chain_;
}

absl::StatusOr<LogChain> VerifyLogChain(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) return ErrnoStatus(Concat("open(\"", path, "\")"));
  ChainVerifier verifier;
  std::vector<char> block(size_t{1} << 17);
  for (;;) {
    const ssize_t got = read(fd.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus(Concat("read(\"", path, "\")"));
    if (got == 0) break;
    USHER_RETURN_IF_ERROR(verifier.Feed({block.data(), static_cast<size_t>(got)}));
  }
  return verifier.Finish();
}

}  // namespace usher
