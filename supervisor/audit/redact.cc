#include "supervisor/audit/redact.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"

namespace usher {
namespace {

// Names are compared segment by segment ("x-api-key": x, api, key), so that "author" is not "auth".
constexpr std::array<std::string_view, 14> kSecretSegments = {"auth",  "authorization", "bearer", "cookie",     "cred",
                                                              "creds", "credential",    "jwt",    "otp",        "pass",
                                                              "pw",    "signature",     "sig",    "credentials"};
constexpr std::array<std::string_view, 9> kSecretEndings = {
    "token", "secret", "password", "passwd", "passphrase", "apikey", "privatekey", "accesskey", "secretkey"};
// "--password-stdin", "SSH_AUTH_SOCK": where the secret is, not what it is.
constexpr std::array<std::string_view, 6> kPlaceSegments = {"stdin", "file", "path", "fd", "prompt", "sock"};

// Short options whose value is a secret, by program. `attached`: the value may stick to the option (mysql -pSECRET).
struct ShortOption {
  std::string_view program, option;
  bool attached;
};
constexpr ShortOption kShortOptions[] = {
    {"curl", "-u", true},      {"curl", "--user", false}, {"curl", "-U", true},      {"curl", "--proxy-user", false},
    {"curl", "-b", true},      {"wget", "--user", false}, {"sshpass", "-p", true},   {"mysql", "-p", true},
    {"mysqldump", "-p", true}, {"mariadb", "-p", true},   {"redis-cli", "-a", true}, {"ldapsearch", "-w", true},
    {"smbclient", "-U", true}, {"openssl", "-k", false},  {"openssl", "-K", false},  {"mongosh", "-p", true},
};

// Tokens that are known by their looks: a prefix and the least length.
struct TokenShape {
  std::string_view prefix;
  size_t length;
};
constexpr TokenShape kTokenShapes[] = {
    {"ghp_", 20},  {"gho_", 20},  {"ghs_", 20},  {"ghu_", 20},  {"ghr_", 20}, {"github_pat_", 20}, {"glpat-", 16},
    {"xoxb-", 16}, {"xoxp-", 16}, {"xoxa-", 16}, {"xapp-", 16}, {"sk-", 20},  {"sk_live_", 16},    {"rk_live_", 16},
    {"AKIA", 20},  {"ASIA", 20},  {"AIza", 35},  {"npm_", 30},  {"hvs.", 20}, {"eyJ", 40},
};

bool Contains(const auto& list, std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

bool Holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }
bool Holds(std::string_view text, char c) { return text.find(c) != std::string_view::npos; }

bool Matches(std::string_view pattern, std::string_view name) {
  // The classic walk with one place to fall back to: linear for one star, bounded by the product for more.
  size_t p = 0, n = 0, star = std::string_view::npos, mark = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p, ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++mark;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsQuote(char c) { return c == '"' || c == '\'' || c == '`'; }
bool IsSeparator(char c) { return IsBlank(c) || IsQuote(c) || Holds("?#&;|()<>{},\\", c) || c == '\0'; }

// "-sSu": several short options in one word, of which the last may take a value.
bool IsCluster(std::string_view word) {
  return word.size() > 2 && word.size() <= 8 && word[0] == '-' &&
         std::all_of(word.begin() + 1, word.end(), absl::ascii_isalpha);
}

std::string_view WithoutDashes(std::string_view word) {
  return word.substr(std::min(word.find_first_not_of('-'), word.size()));
}

std::string_view Basename(std::string_view path) { return path.substr(path.find_last_of('/') + 1); }

bool LooksLikeToken(std::string_view word) {
  return std::any_of(std::begin(kTokenShapes), std::end(kTokenShapes), [&](const TokenShape& shape) {
    return word.starts_with(shape.prefix) && word.size() >= shape.length;
  });
}

// Walks along a text and copies it, except for the secrets. One object serves a whole command line: which program is
// spoken to, and whether its next word is a secret, carry over from word to word.
class Scanner {
 public:
  explicit Scanner(const Redactor& redactor) : redactor_(redactor) {}

  // A word of an argv: its end is known for certain.
  std::string Word(std::string_view word);
  std::string Text(std::string_view text);

 private:
  void TakeWord();
  bool TakeUrl(std::string_view word);
  bool TakeAssignment(std::string_view word);
  bool TakeHeader(std::string_view word);
  bool TakeOption(std::string_view word);
  void DropValue();
  void DropLine();
  void Copy(size_t count);

  const Redactor& redactor_;
  std::string_view program_;
  bool value_follows_ = false, script_follows_ = false;

  std::string_view text_;
  size_t at_ = 0;
  std::string out_;
};

std::string Scanner::Word(std::string_view word) {
  // What follows -c is a script: its words end where a shell says so.
  const bool script = std::exchange(script_follows_, word == "-c" || (IsCluster(word) && word.back() == 'c'));
  if (std::exchange(value_follows_, false)) return std::string(kRedacted);
  if (script) return Text(word);
  const size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  if (equals != std::string_view::npos && std::none_of(name.begin(), name.end(), IsSeparator) && !Holds(name, ':') &&
      redactor_.IsSecretName(WithoutDashes(name))) {
    return std::string(name) + "=" + std::string(kRedacted);
  }
  return Text(word);
}

std::string Scanner::Text(std::string_view text) {
  text_ = text;
  at_ = 0;
  out_.clear();
  while (at_ < text_.size()) {
    if (text_.substr(at_).starts_with("-----BEGIN ") && Holds(text_.substr(at_, 64), "PRIVATE KEY")) {
      const size_t end = text_.find("-----END", at_);
      out_ += kRedacted;
      at_ = end == std::string_view::npos ? text_.size() : end;
      if (at_ < text_.size()) Copy(8);
    } else if (IsSeparator(text_[at_])) {
      Copy(1);
    } else {
      TakeWord();
    }
  }
  return std::move(out_);
}

void Scanner::Copy(size_t count) {
  out_ += text_.substr(at_, count);
  at_ += count;
}

void Scanner::TakeWord() {
  size_t end = at_;
  while (end < text_.size() && !IsSeparator(text_[end])) ++end;
  const std::string_view word = text_.substr(at_, end - at_);

  if (value_follows_ && word != ":" && word != "=") {
    value_follows_ = false;
    return DropValue();
  }
  if (TakeHeader(word) || TakeUrl(word) || TakeAssignment(word) || TakeOption(word)) return;
  if (LooksLikeToken(word)) {
    at_ = end;
    out_ += kRedacted;
    return;
  }
  if (absl::AsciiStrToLower(std::string(word)) == "bearer") value_follows_ = true;
  // {"password": "x"}: the name is closed by a quote before its colon.
  if (end < text_.size() && IsQuote(text_[end]) && redactor_.IsSecretName(word)) {
    const size_t colon = text_.find_first_not_of(" \t", end + 1);
    value_follows_ = colon != std::string_view::npos && text_[colon] == ':';
  }
  for (const ShortOption& known : kShortOptions) {
    if (known.program == Basename(word)) program_ = known.program;  // static, unlike the text at hand
  }
  Copy(end - at_);
}

// scheme://user:password@host
bool Scanner::TakeUrl(std::string_view word) {
  const size_t colon = word.find("://");
  if (colon == std::string_view::npos || word.find('=') < colon) return false;
  const size_t host = at_ + colon + 3;
  size_t end = host;
  while (end < text_.size() && text_[end] != '/' && !IsBlank(text_[end]) && !IsQuote(text_[end])) ++end;
  const size_t userinfo = text_.substr(host, end - host).rfind('@');
  Copy(colon + 3);
  if (userinfo != std::string_view::npos) {
    out_ += kRedacted;
    at_ = host + userinfo;
  }
  return true;
}

bool Scanner::TakeAssignment(std::string_view word) {
  const size_t equals = word.find('=');
  if (equals == std::string_view::npos) return false;
  Copy(equals + 1);
  if (redactor_.IsSecretName(WithoutDashes(word.substr(0, equals)))) DropValue();
  return true;
}

bool Scanner::TakeHeader(std::string_view word) {
  const size_t colon = word.find(':');
  if (colon == std::string_view::npos || !redactor_.IsSecretName(WithoutDashes(word.substr(0, colon)))) return false;
  Copy(colon + 1);
  DropLine();
  return true;
}

bool Scanner::TakeOption(std::string_view word) {
  if (!word.starts_with('-') || word.size() < 2) return false;
  for (const ShortOption& known : kShortOptions) {
    if (known.program != program_ || !word.starts_with(known.option)) continue;
    if (word == known.option) {
      value_follows_ = true;
    } else if (known.attached) {
      Copy(known.option.size());
      DropValue();
      return true;
    }
  }
  if (IsCluster(word)) {
    for (const ShortOption& known : kShortOptions) {
      if (known.program == program_ && known.option.size() == 2 && word.back() == known.option[1])
        value_follows_ = true;
    }
  }
  if (redactor_.IsSecretName(WithoutDashes(word))) value_follows_ = true;
  Copy(word.size());
  return true;
}

// A value ends at its closing quote or, without one, where a shell would end the word.
void Scanner::DropValue() {
  char quote = at_ > 0 && IsQuote(text_[at_ - 1]) ? text_[at_ - 1] : '\0';
  if (quote == '\0' && at_ < text_.size() && IsQuote(text_[at_])) {
    quote = text_[at_];
    Copy(1);
  }
  out_ += kRedacted;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (quote != '\0' ? c == quote : IsBlank(c) || IsQuote(c) || Holds("&;|)", c)) break;
    ++at_;
  }
}

// A header's value goes on to the end of the line or of the quotes around it.
void Scanner::DropLine() {
  while (at_ < text_.size() && text_[at_] == ' ') Copy(1);
  const char opened = at_ < text_.size() && IsQuote(text_[at_]) ? text_[at_] : '\0';
  if (opened != '\0') Copy(1);
  out_ += kRedacted;
  while (at_ < text_.size() && text_[at_] != '\n') {
    if (opened != '\0' ? text_[at_] == opened : IsQuote(text_[at_])) break;
    ++at_;
  }
}

}  // namespace

bool Redactor::IsSecretName(std::string_view name) const {
  if (name.empty() || name.size() > 256) return false;
  if (std::any_of(masked_names_.begin(), masked_names_.end(),
                  [&](const std::string& pattern) { return Matches(pattern, name); })) {
    return true;
  }
  const std::string lower = absl::AsciiStrToLower(std::string(name));
  std::string_view rest = lower;
  bool secret = false;
  size_t segments = 0;
  std::string_view segment;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find_first_of("-_.:/[]"), rest.size());
    segment = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (segment.empty()) continue;
    ++segments;
    secret = secret || Contains(kSecretSegments, segment) || (segment == "key" && segments > 1) ||
             std::any_of(kSecretEndings.begin(), kSecretEndings.end(),
                         [&](std::string_view ending) { return segment.ends_with(ending); });
  }
  return secret && !Contains(kPlaceSegments, segment);
}

std::vector<std::string> Redactor::Argv(const std::vector<std::string>& argv) const {
  Scanner scanner(*this);
  std::vector<std::string> clean;
  clean.reserve(argv.size());
  for (const std::string& word : argv) clean.push_back(scanner.Word(word));
  return clean;
}

std::string Redactor::Text(std::string_view text) const { return Scanner(*this).Text(text); }

}  // namespace usher
