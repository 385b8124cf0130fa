// The course of a run, step by step.

#include "supervisor/sandbox.h"

#include "supervisor/sandbox_run.h"

namespace usher {

int SandboxRun::Go() {
  signals_before_ = ProtectOurselves();
  const int code = Walk();
  interception_.reset();  // of a run that did not come to be
  return code;
}

int SandboxRun::Walk() {
  if (const int code = Prepare(); code != 0) return code;
  if (const int code = StartLaunch(); code != 0) return code;
  if (const int code = PreparePolicy(); code != 0) return code;
  if (const int code = Confine(); code != 0) return code;
  if (const int code = PrepareRecords(); code != 0) return code;
  PrepareMonitor();
  if (const int code = AwaitCommand(); code != 0) return code;
  if (const int code = Supervise(); code != 0) return code;
  return Conclude();
}

// Never destroyed: the process ends when the run does, and its memory with it.
int RunSandbox(const RunOptions& options) { return (new SandboxRun(options))->Go(); }

}  // namespace usher
