// Hosts that give less than all, for ProcessSpec::before_exec: filters in front of usher, as a container's runtime has
// them, and what those make of it that no filter can.

#ifndef USHER_TESTS_SUPPORT_LESSER_HOST_H_
#define USHER_TESTS_SUPPORT_LESSER_HOST_H_

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace usher {

// One call is given to `action` in the calling process and all that it starts. What seccomp(2) answers.
int Filter(long call, uint32_t action, unsigned flags = 0);

// The same where argument `arg` has any bit of `bits` set, or equals `value`.
int FilterBits(long call, int arg, uint32_t bits, uint32_t action);
int FilterValue(long call, int arg, uint32_t value, uint32_t action);

// These calls fail.
void Refuse(std::initializer_list<long> calls, int error);

// Somebody's listener, for a call that nobody makes; it stays open in whoever is started then.
void BelowAListener();

// Somebody's listener for `call`, whose calls are kept waiting.
void BelowAListenerFor(long call);

// Somebody who lets `call` go on, as a container's runtime may: in a process of its own, for as long as this one lives.
void BelowSomebodyWhoLetsGo(long call);

// Nobody may look into another process (Yama's ptrace_scope 3).
void WhereNobodyLooksInside();

// No Landlock, as on a kernel that was built without.
void WithoutLandlock();

// What Docker's default profile refuses to a container that was given no more than it gives everybody.
void BelowAContainersFilter();

// Root has none, nor has anything that it starts.
void WithoutCapabilities();

// In a namespace of users in which no further one can be made. False: this host lets nobody switch them off.
bool WithoutUserNamespaces();

// In a namespace of mounts where /proc shows nobody the processes of others; only root can make one. False: could not
// be.
bool WhereProcHidesOthers();

// A listener's waits are ended by any signal, as before Linux 5.19.
void WhereSignalsEndWaits();

// A host by its name, as scripts and environments have it: kHostNames. False: it cannot be played here, or there is
// none.
inline constexpr const char* kHostNames[] = {"container",          "container-root", "listener", "neither",
                                             "no-user-namespaces", "hidepid",        "old-listener", "as-it-is"};
bool PlayHost(std::string_view name);

}  // namespace usher

#endif  // USHER_TESTS_SUPPORT_LESSER_HOST_H_
