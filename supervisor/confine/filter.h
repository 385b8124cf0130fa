// The filters that the build made from the table, ready to install.

#ifndef USHER_SUPERVISOR_CONFINE_FILTER_H_
#define USHER_SUPERVISOR_CONFINE_FILTER_H_

#include <linux/filter.h>

#include <span>

namespace usher {

std::span<const sock_filter> NotifyFilter();  // mediated calls go to the listener
std::span<const sock_filter> GatedFilter();   // as well, but for marked opens (interpose/wire.h): only above a floor
std::span<const sock_filter> TraceFilter();   // mediated calls stop for the tracer
std::span<const sock_filter> GatedTraceFilter();

}  // namespace usher

#endif  // USHER_SUPERVISOR_CONFINE_FILTER_H_
