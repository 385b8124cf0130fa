#include "supervisor/approval/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include "supervisor/approval/screen_tracker.h"
#include "supervisor/approval/terminal_modes.h"
#include "supervisor/kernel/errno_status.h"

namespace usher {
namespace {

constexpr size_t kBuffer = 64 << 10;
constexpr std::chrono::milliseconds kRepaintPause{40};  // so that the two size changes are two signals
constexpr std::chrono::milliseconds kReopenPause{100};
constexpr std::chrono::milliseconds kFrontPause{300};
constexpr int kDrainPatienceMs = 1000;  // of a terminal that takes nothing

// The status flags as they were.
absl::StatusOr<int> SetNonBlocking(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) return ErrnoStatus("fcntl(F_SETFL)");
  return flags;
}

// As much as goes through at once. False when the other side is gone.
bool WriteSome(int fd, std::string& bytes) {
  size_t done = 0;
  bool there = true;
  while (done < bytes.size()) {
    const ssize_t written = write(fd, bytes.data() + done, bytes.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno != EAGAIN) there = false;
    if (written < 0) break;
    done += static_cast<size_t>(written);
  }
  bytes.erase(0, done);
  return there;
}

}  // namespace

struct Terminal::State {
  State(EventLoop& event_loop, UniqueFd terminal, UniqueFd pty)
      : loop(event_loop), tty(std::move(terminal)), master(std::move(pty)) {}

  // What we wait for follows from what we could do with it: nothing is read that has no place to go.
  void UpdateWatches() {
    uint32_t from_tty = 0, from_pty = 0;
    const bool reads = relaying || held;
    if (tty && reads && in_front && (held || to_pty.size() < kBuffer)) from_tty |= EPOLLIN;
    if (tty && !to_tty.empty()) from_tty |= EPOLLOUT;
    if (relaying && !held && !pty_idle && to_tty.size() < kBuffer) from_pty |= EPOLLIN;
    if (relaying && !pty_idle && !to_pty.empty()) from_pty |= EPOLLOUT;
    Watch(tty.get(), from_tty, tty_watch, &State::OnTty);
    Watch(master.get(), from_pty, pty_watch, &State::OnPty);
  }

  void Watch(int fd, uint32_t wanted, uint32_t& current, void (State::*handler)(uint32_t)) {
    if (wanted == current) return;
    current = wanted;
    if (wanted == 0) return loop.Unwatch(fd);
    if (!loop.Watch(fd, wanted, [this, handler](uint32_t events) { (this->*handler)(events); }).ok()) current = 0;
  }

  void OnTty(uint32_t events) {
    if ((events & EPOLLOUT) != 0 && !WriteSome(tty.get(), to_tty)) return HangUp();
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && (tty_watch & EPOLLIN) != 0) ReadTty();
    if (tty) UpdateWatches();
  }

  void ReadTty() {
    if (!IsInFrontAt(tty.get())) return LookWhoIsInFront();
    std::array<char, 4096> chunk;
    const ssize_t got = read(tty.get(), chunk.data(), chunk.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return HangUp();
    const std::string_view bytes(chunk.data(), static_cast<size_t>(got));
    if (held) {
      if (on_key) {
        const auto handler = on_key;  // it may release, and so replace itself
        handler(bytes);
      }
    } else if (master) {
      to_pty += bytes;
      if (!pty_idle) WriteSome(master.get(), to_pty);
    }
  }

  void OnPty(uint32_t events) {
    if ((events & EPOLLOUT) != 0) WriteSome(master.get(), to_pty);
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && (pty_watch & EPOLLIN) != 0) ReadPty();
    // With every slave closed the hang-up stays reported; look again later, for a slave may be opened again.
    if ((events & EPOLLHUP) != 0 && (pty_watch & EPOLLIN) == 0) Idle();
    UpdateWatches();
  }

  void ReadPty() {
    std::array<char, 16384> chunk;
    const ssize_t got = read(master.get(), chunk.data(), chunk.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return Idle();
    FromPty({chunk.data(), static_cast<size_t>(got)});
  }

  void FromPty(std::string_view bytes) {
    tracker.Feed(bytes);
    if (!tty) return;  // nobody looks any more, and the program must not block on it
    to_tty += bytes;
    if (!WriteSome(tty.get(), to_tty)) HangUp();
  }

  void Idle() {
    if (std::exchange(pty_idle, true)) return;
    reopen_timer = loop.After(kReopenPause, [this] {
      pty_idle = false;
      UpdateWatches();
    });
  }

  void HangUp() {
    if (!tty) return;
    Watch(tty.get(), 0, tty_watch, &State::OnTty);
    modes.Set(TerminalMode::kAsFound);
    tty.reset();
    to_tty.clear();
    UpdateWatches();
    if (on_hangup) loop.Defer(on_hangup);
  }

  void Send(std::string_view bytes) {
    if (!tty) return;
    to_tty += bytes;
    if (!WriteSome(tty.get(), to_tty)) return HangUp();
    UpdateWatches();
  }

  void SetModeForNow() {
    if (!tty) return;
    const TerminalMode mode = relaying && master ? TerminalMode::kRaw
                              : held             ? TerminalMode::kKeys
                                                 : TerminalMode::kAsFound;
    modes.Set(mode);
  }

  // In the background we only show what there is, and look now and then: a shell does not tell a job that runs that it
  // is in front again (fg).
  void LookWhoIsInFront() {
    loop.Cancel(front_timer);
    if (!tty) return;
    const bool came = !std::exchange(in_front, IsInFrontAt(tty.get())) && in_front;
    if (!in_front) front_timer = loop.After(kFrontPause, [this] { LookWhoIsInFront(); });
    if (came) {
      SetModeForNow();
      modes.SetAgain();  // whoever had it in between may have changed them
      GiveSize(Size());
    }
    UpdateWatches();
  }

  winsize Size() const {
    winsize size{};
    if (!tty || ioctl(tty.get(), TIOCGWINSZ, &size) < 0 || size.ws_col == 0 || size.ws_row == 0) {
      size.ws_col = 80;
      size.ws_row = 24;
    }
    return size;
  }

  void GiveSize(winsize size) const {
    if (master) ioctl(master.get(), TIOCSWINSZ, &size);
  }

  // A program that paints the screen does so again when its size changes; the kernel sends SIGWINCH only for a change.
  void MakeProgramRepaint() {
    if (!master) return;
    termios slave{};
    const bool raw = tcgetattr(master.get(), &slave) == 0 && (slave.c_lflag & ICANON) == 0;
    winsize size = Size();
    if ((!raw && !tracker.alternate_screen()) || size.ws_row < 2) return;
    --size.ws_row;
    GiveSize(size);
    loop.Cancel(repaint_timer);
    repaint_timer = loop.After(kRepaintPause, [this] { GiveSize(Size()); });
  }

  void Stop() {
    loop.Cancel(repaint_timer);
    loop.Cancel(reopen_timer);
    loop.Cancel(front_timer);
    relaying = false;
    held = false;
    on_key = nullptr;
    to_pty.clear();
    UpdateWatches();
  }

  EventLoop& loop;
  UniqueFd tty, master;
  int tty_flags = 0;    // where the description is shared with our parents, they want it back as it was
  TerminalModes modes;  // after tty: given back before it is closed
  ScreenTracker tracker;
  std::string to_tty, to_pty;
  uint32_t tty_watch = 0, pty_watch = 0;
  bool relaying = false;
  bool held = false;
  bool pty_idle = false;  // no slave is open at the moment
  bool in_front = true;   // else to read would stop us (SIGTTIN)
  EventLoop::TimerId repaint_timer = 0, reopen_timer = 0, front_timer = 0;
  std::function<void(std::string_view)> on_key;
  std::function<void()> on_hangup, on_resize;
};

Terminal::Terminal(std::unique_ptr<State> state) : state_(std::move(state)) {}

absl::StatusOr<std::unique_ptr<Terminal>> Terminal::Create(EventLoop& loop, UniqueFd tty, UniqueFd master) {
  auto state = std::make_unique<State>(loop, std::move(tty), std::move(master));
  USHER_RETURN_IF_ERROR(state->modes.Take(state->tty.get()));
  USHER_ASSIGN_OR_RETURN(state->tty_flags, SetNonBlocking(state->tty.get()));
  if (state->master) USHER_RETURN_IF_ERROR(SetNonBlocking(state->master.get()).status());
  return std::unique_ptr<Terminal>(new Terminal(std::move(state)));
}

Terminal::~Terminal() {
  state_->Stop();
  if (state_->tty) {
    state_->Send(state_->tracker.Reset());
    state_->to_tty.clear();
    state_->UpdateWatches();
    fcntl(state_->tty.get(), F_SETFL, state_->tty_flags);
  }
}

absl::Status Terminal::Start() {
  state_->relaying = true;
  state_->in_front = IsInFrontAt(state_->tty.get());
  Resize();
  state_->SetModeForNow();
  state_->LookWhoIsInFront();
  return absl::OkStatus();
}

void Terminal::Resize() {
  state_->GiveSize(state_->Size());
  if (state_->on_resize) state_->on_resize();
}

void Terminal::Continue() {
  if (state_->modes.mode() != TerminalMode::kAsFound) state_->modes.SetAgain();
  state_->LookWhoIsInFront();
  Resize();
  if (!state_->held) state_->MakeProgramRepaint();
}

void Terminal::Drain() {
  State& state = *state_;
  if (state.held) Release();
  std::array<char, 16384> chunk;
  // The pty holds a bounded amount; a process that is still there and goes on writing does not keep us for ever.
  for (size_t total = 0; state.master && total < (1u << 20);) {
    const ssize_t got = read(state.master.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    total += static_cast<size_t>(got);
    state.FromPty({chunk.data(), static_cast<size_t>(got)});
    while (state.tty && state.to_tty.size() >= kBuffer) {
      pollfd writable{.fd = state.tty.get(), .events = POLLOUT, .revents = 0};
      if (poll(&writable, 1, kDrainPatienceMs) <= 0) break;
      if (!WriteSome(state.tty.get(), state.to_tty)) state.HangUp();
    }
    if (state.to_tty.size() >= kBuffer) break;
  }
  if (state.tty) state.to_tty += state.tracker.Reset();
  while (state.tty && !state.to_tty.empty()) {
    pollfd writable{.fd = state.tty.get(), .events = POLLOUT, .revents = 0};
    if (poll(&writable, 1, kDrainPatienceMs) <= 0) break;
    if (!WriteSome(state.tty.get(), state.to_tty)) state.HangUp();
  }
  state.to_tty.clear();
  state.tracker = ScreenTracker();
  state.Stop();
  state.SetModeForNow();
}

void Terminal::Hold(std::function<void(std::string_view)> on_key) {
  state_->on_key = std::move(on_key);
  if (state_->held || !state_->tty) return;
  state_->held = true;
  state_->SetModeForNow();
  // What was typed so far was meant for the program, and what the terminal answers was asked for by the program.
  tcflush(state_->tty.get(), TCIFLUSH);
  state_->Send(state_->tracker.ToPlain());
  state_->UpdateWatches();
}

void Terminal::Release() {
  if (!state_->held) return;
  state_->held = false;
  state_->on_key = nullptr;
  if (!state_->tty) return state_->UpdateWatches();
  tcflush(state_->tty.get(), TCIFLUSH);
  state_->Send(state_->tracker.ToProgram());
  state_->SetModeForNow();
  state_->UpdateWatches();
  state_->MakeProgramRepaint();
}

bool Terminal::held() const { return state_->held; }

void Terminal::Write(std::string_view text) {
  if (state_->modes.mode() != TerminalMode::kRaw) return state_->Send(text);
  std::string lines;
  for (const char c : text) {
    if (c == '\n') lines += '\r';
    lines += c;
  }
  state_->Send(lines);
}

bool Terminal::output_pending() const { return !state_->to_tty.empty(); }
bool Terminal::alive() const { return static_cast<bool>(state_->tty); }

int Terminal::columns() const { return state_->Size().ws_col; }
int Terminal::rows() const { return state_->Size().ws_row; }

void Terminal::set_on_hangup(std::function<void()> on_hangup) { state_->on_hangup = std::move(on_hangup); }
void Terminal::set_on_resize(std::function<void()> on_resize) { state_->on_resize = std::move(on_resize); }

}  // namespace usher
