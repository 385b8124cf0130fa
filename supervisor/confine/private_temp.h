// The run's own temporary directory: made before the first line runs, gone after the last. Both are the keeper's, which is
// still there when usher was killed.

#ifndef USHER_SUPERVISOR_CONFINE_PRIVATE_TEMP_H_
#define USHER_SUPERVISOR_CONFINE_PRIVATE_TEMP_H_

#include <string>

namespace usher {

// Where it will be: below $TMPDIR or /tmp, with an unpredictable name. Nothing is made yet.
std::string NamePrivateTemp();

// Mode 0700. The errno, 0 when it is made.
int MakePrivateTemp(const std::string& path);

// Removes all that is in it, following no link. Nothing happens when there is none.
void RemovePrivateTemp(const std::string& path);

}  // namespace usher

#endif  // USHER_SUPERVISOR_CONFINE_PRIVATE_TEMP_H_
