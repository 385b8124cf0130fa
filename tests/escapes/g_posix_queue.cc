// A POSIX message queue has a name of its own kind, in no directory of the tree.

#include <fcntl.h>
#include <mqueue.h>

#include "tests/escapes/victims.h"

namespace usher::escapes {
namespace USHER_ESCAPE_FILE {

int Victim(const World& world) {
  const std::string name = "/usher-test-" + std::to_string(getpid());
  mq_attr shape{};
  shape.mq_maxmsg = 1;
  shape.mq_msgsize = 64;
  const mqd_t queue = mq_open(name.c_str(), O_CREAT | O_RDWR, 0600, &shape);
  const std::string text = World::secret_text();
  const bool sent = queue >= 0 && mq_send(queue, text.data(), text.size(), 0) == 0;
  Ready(world, sent ? name : "");
  usleep(900'000);
  mq_unlink(name.c_str());
  for (;;) pause();
}

int Attack(const World& world) {
  if (Told("FROM_VICTIM").empty()) return kCannotTry;
  const mqd_t queue = mq_open(Told("FROM_VICTIM").c_str(), O_RDONLY | O_NONBLOCK);
  char text[64];
  const ssize_t size = mq_receive(queue, text, sizeof(text), nullptr);
  return size > 0 && Loot(world, std::string(text, static_cast<size_t>(size))) ? 0 : 1;
}

USHER_ESCAPE({.name = "g_posix_queue", .row = "G: SysV shm/msg/sem, POSIX mq, /dev/shm, key ring", .attack = &Attack,
              .escaped = &TookSecret, .victim = &Victim});

}  // namespace USHER_ESCAPE_FILE
}  // namespace usher::escapes
