// The filters that the build made from the table, ready to install, and what is put in front of them on some hosts.

#ifndef USHER_SUPERVISOR_CONFINE_FILTER_H_
#define USHER_SUPERVISOR_CONFINE_FILTER_H_

#include <linux/filter.h>

#include <span>
#include <string_view>
#include <vector>

namespace usher {

std::span<const sock_filter> NotifyFilter();  // mediated calls go to the listener
std::span<const sock_filter> GatedFilter();   // as well, but for marked opens (interpose/wire.h): only above a floor
std::span<const sock_filter> TraceFilter();   // mediated calls stop for the tracer
std::span<const sock_filter> GatedTraceFilter();

// Holds no call: what the floor bounds runs in the kernel, and what nobody could judge is refused (static_rows.h). For
// above a floor of this ABI: what that does not know is refused as well.
std::vector<sock_filter> StaticFilterBelow(int floor_abi);

// `filter` with a head that refuses these calls (EPERM). A refusal outranks every other answer but a killing one.
std::vector<sock_filter> RefusingFirst(std::span<const std::string_view> calls, std::span<const sock_filter> filter);

}  // namespace usher

#endif  // USHER_SUPERVISOR_CONFINE_FILTER_H_
