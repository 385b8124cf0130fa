#include "policies/text.h"
#include "supervisor/kernel/errno_status.h"

#include <cstring>
#include <string>

#include "absl/strings/cord.h"

namespace usher {
namespace {

constexpr char kErrnoPayload[] = "usher/errno";

}  // namespace

absl::Status ErrnoStatus(std::string_view call, int error) {
  absl::Status status = absl::ErrnoToStatus(error, ToAbsl(call));
  status.SetPayload(kErrnoPayload, absl::Cord(Concat(error)));
  return status;
}

int ErrnoOf(const absl::Status& status) {
  if (status.ok()) return 0;
  int error = EIO;
  if (auto payload = status.GetPayload(kErrnoPayload)) {
    if (!ParseNumber(std::string(*payload), &error)) return EIO;
  }
  return error;
}

}  // namespace usher
