// What is said of how a run is held: what it lacks, in the log, the receipt and on the screen, and why there is none.

#ifndef USHER_SUPERVISOR_RUN_WORDS_H_
#define USHER_SUPERVISOR_RUN_WORDS_H_

#include <string>
#include <vector>

#include "supervisor/confine/host_probe.h"
#include "supervisor/mechanism.h"

namespace usher {

// "seccomp-notify + Landlock ABI 7 + gate".
std::string EngineText(const Intercepted& run, bool gate);

// Sentences: what this run does not enforce. Empty where everything is.
std::vector<std::string> NotEnforcedBy(const Intercepted& run);

// The run of usher that this process is inside of; empty where there is none.
std::string OuterRun();

// No call can be judged here: what fails, and for each the one command or option that mends it. Probes the host, which
// takes a moment.
std::string WhyNotHere();

// --strict asks for everything; a sentence with a line for each thing that lacks.
std::string WhyNotStrict(const std::vector<std::string>& missing);

}  // namespace usher

#endif  // USHER_SUPERVISOR_RUN_WORDS_H_
