// The smallest supervisors of each mechanism. Each starts the caller and serves it until it is killed.

#ifndef USHER_BENCH_MECHANISMS_MINIMAL_H_
#define USHER_BENCH_MECHANISMS_MINIMAL_H_

#include "bench/mechanisms/session.h"

namespace usher::bench {

void SuperviseByContinue(const SessionRequest& request, Shared& shared);
void SuperviseByEpoll(const SessionRequest& request, Shared& shared);  // the same, woken through epoll(7)
void SuperviseByBroker(const SessionRequest& request, Shared& shared);
void SuperviseByPtrace(const SessionRequest& request, Shared& shared);

}  // namespace usher::bench

#endif  // USHER_BENCH_MECHANISMS_MINIMAL_H_
