#include "supervisor/confine/filter.h"

namespace usher {
namespace {

#include "supervisor/confine/filter_program.inc"

}  // namespace

std::span<const sock_filter> NotifyFilter() { return kNotifyFilter; }
std::span<const sock_filter> GatedFilter() { return kGatedFilter; }
std::span<const sock_filter> TraceFilter() { return kTraceFilter; }
std::span<const sock_filter> GatedTraceFilter() { return kGatedTraceFilter; }

}  // namespace usher
