// What bytes an answer or a file name stands for, as SHA-256 in lower-case hex.

#ifndef USHER_SUPERVISOR_APPROVAL_SHA256_H_
#define USHER_SUPERVISOR_APPROVAL_SHA256_H_

#include <string>
#include <string_view>

namespace usher {

std::string Sha256Hex(std::string_view bytes);

}  // namespace usher

#endif  // USHER_SUPERVISOR_APPROVAL_SHA256_H_
