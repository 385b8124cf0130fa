// What does the host give this very run? Found out on the command itself, which is under way and waits for its first
// program: what is tried on it is what the run will need of it, and no other process has to be made and thrown away.

#ifndef USHER_SUPERVISOR_CONFINE_RUN_FEATURES_H_
#define USHER_SUPERVISOR_CONFINE_RUN_FEATURES_H_

#include "supervisor/confine/host_probe.h"
#include "supervisor/confine/launcher.h"

namespace usher {

// What is not needed by a run of this kind stays kUntried. `floor_abi`: of the floor that the command was laid on, 0
// for none. Takes microseconds.
HostFeatures FeaturesOfListenedRun(const Launched& launched, int floor_abi);
HostFeatures FeaturesOfTracedRun(const Launched& launched, int floor_abi, int calls_taken);
HostFeatures FeaturesOfStaticRun(int floor_abi);

}  // namespace usher

#endif  // USHER_SUPERVISOR_CONFINE_RUN_FEATURES_H_
