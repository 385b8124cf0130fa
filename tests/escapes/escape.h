// One attack, one file: what is tried from inside, and what would show outside that it worked.
//
// A file of this folder defines its functions and one Escape, which registers itself. The attack and the twin run in a
// program of their own (escapee_main.cc), alone or under usher; `prepare` and `escaped` run in the judge
// (escapes_test.cc), outside, as whoever runs the tests. The judge believes nothing that the attack says of itself.

#ifndef USHER_TESTS_ESCAPES_ESCAPE_H_
#define USHER_TESTS_ESCAPES_ESCAPE_H_

#include <cstdlib>
#include <string>
#include <vector>

// An attack's namespace: unnamed, unless several files are compiled as one (cmake/room.cmake).
#ifndef USHER_ESCAPE_FILE
#define USHER_ESCAPE_FILE
#endif

namespace usher::escapes {

inline constexpr int kCannotTry = 77;  // this host lacks what the attack needs; the attack says on stdout what

// The places of one trial, the same for both sides. The workspace and nothing else is the sandbox's to write.
struct World {
  std::string root;

  std::string home() const { return root + "/home"; }
  std::string work() const { return root + "/work"; }           // the attack starts here
  std::string secret() const { return home() + "/.ssh/id_ed25519"; }  // holds secret_text(); hidden by the policy
  std::string note() const { return home() + "/note.txt"; }     // holds "mine\n"; the policy would ask, nobody answers
  std::string hook() const { return work() + "/.git/hooks/pre-commit"; }  // absent; runs later, outside
  std::string loot() const { return work() + "/loot"; }         // where an attack puts what it got hold of
  static std::string secret_text() { return "the secret of this trial\n"; }
};

// Inside: what `prepare` left for the attack with Outside::Tell (a port, a process id).
inline std::string Told(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

// The outside of one trial, as the judge sees it.
class Outside {
 public:
  virtual ~Outside() = default;
  virtual const World& world() const = 0;
  virtual unsigned user() const = 0;  // whose the attack and the person's files are
  virtual bool alone() const = 0;     // this trial is without Usher

  virtual void Write(const std::string& path, const std::string& text) = 0;  // the person's; makes directories
  virtual std::string Read(const std::string& path) const = 0;               // empty when there is none
  virtual bool Exists(const std::string& path) const = 0;                    // follows no link
  virtual void Tell(const std::string& name, const std::string& value) = 0;  // a variable of the attack's environment
  virtual std::string Told(const std::string& name) const = 0;

  // Starts a program of the person's outside (a victim), as `user`; killed when the trial is over.
  virtual int StartVictim(const std::vector<std::string>& argv) = 0;
  virtual bool VictimLives(int pid) const = 0;

  // A server outside, as `user`: counts who connects, keeps what is sent. 127.0.0.1 and a port, or a unix socket at `path`.
  virtual int ListenTcp() = 0;  // the port
  virtual int ListenUdp() = 0;  // the port
  virtual void ListenUnix(const std::string& path) = 0;  // "@name" for an abstract one
  virtual bool WasReached() const = 0;                   // any of them
};

struct Escape {
  const char* name;   // "hard_link_to_secret"
  const char* row;    // of the threat model: "B: hard links in the workspace"
  void (*prepare)(Outside& outside) = nullptr;
  int (*attack)(const World& world) = nullptr;     // exit code is of no interest but kCannotTry
  bool (*escaped)(Outside& outside) = nullptr;
  int (*twin)(const World& world) = nullptr;       // the neighbour that must go on working: 0, under usher, after prepare
  const char* policy = "";                         // the person's policy.toml, if not the built-in one
  bool needs_user = false;                         // root can do this with or without Usher: not tried as root
  int (*victim)(const World& world) = nullptr;     // a program of the person's outside, there before the attack; says Ready
  bool on_terminal = false;                        // at the person's terminal; what is typed there afterwards: Typed
  const char* needs_usher = "";                    // why there is nothing to attack without Usher: not tried alone
};

// Evidence that most attacks look for.
bool TookSecret(Outside& outside);    // loot() holds the secret's text
bool ChangedNote(Outside& outside);   // note() says something else
bool PlantedHook(Outside& outside);   // hook() exists

// Moves for attacks, without any library in between.
std::string Slurp(const std::string& path);                           // empty when it cannot be read
bool Spill(const std::string& path, const std::string& text);         // creates or truncates
bool Loot(const World& world, const std::string& text);               // writes to loot()
// What an attack returns that could not look into another process: kCannotTry where Yama is why, and says so.
int RefusedToLook();

// For victims. What one says when it stands is FROM_VICTIM to prepare and attack, and its process id VICTIM.
void Ready(const World& world, const std::string& text);
void Report(const World& world, const std::string& text);             // the attack got through to me
bool Reported(Outside& outside);                                      // evidence: a victim said so
std::string Typed(Outside& outside);                                  // what the shell of the terminal would have read

class Registered {
 public:
  explicit Registered(const Escape& escape);
};
const std::vector<Escape>& AllEscapes();

}  // namespace usher::escapes

#define USHER_ESCAPE(...) static const ::usher::escapes::Registered registered_escape(::usher::escapes::Escape __VA_ARGS__)

#endif  // USHER_TESTS_ESCAPES_ESCAPE_H_
