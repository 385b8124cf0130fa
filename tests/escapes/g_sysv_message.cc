// A message in a SysV queue is taken away by whoever asks first.

#include <sys/ipc.h>
#include <sys/msg.h>

#include <cstring>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  struct {
    long type = 1;
    char text[64] = {};
  } message;
  std::strcpy(message.text, World::secret_text().c_str());
  const int id = msgget(IPC_PRIVATE, 0600);
  const bool sent = id >= 0 && msgsnd(id, &message, sizeof(message.text), 0) == 0;
  Ready(world, sent ? std::to_string(id) : "");
  usleep(900'000);  // killed before it could clean up behind itself
  msgctl(id, IPC_RMID, nullptr);
  for (;;) pause();
}

int Attack(const World& world) {
  if (Told("FROM_VICTIM").empty()) return kCannotTry;
  struct {
    long type;
    char text[64];
  } message{};
  return msgrcv(std::atoi(Told("FROM_VICTIM").c_str()), &message, sizeof(message.text), 0, IPC_NOWAIT) > 0 && Loot(world, message.text) ? 0 : 1;
}

USHER_ESCAPE({.name = "g_sysv_message", .row = "G: SysV shm/msg/sem, POSIX mq, /dev/shm, key ring", .attack = &Attack,
              .escaped = &TookSecret, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
