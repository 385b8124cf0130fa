# Writes OUTPUT, a C++ file that holds the text of each of PROFILES. The counterpart of builtin_profiles.h.
set(rows "")
foreach(profile IN LISTS PROFILES)
  get_filename_component(name ${profile} NAME_WE)
  file(READ ${profile} text)
  file(SHA256 ${profile} digest)
  string(APPEND rows "    {\"${name}\", \"${digest}\", R\"profile(${text})profile\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Written by embed_profiles.cmake from profiles/*.toml; not to be edited.

#include \"policies/builtin_profiles.h\"

namespace usher {
namespace {

constexpr BuiltinProfile kProfiles[] = {
${rows}};

}  // namespace

absl::Span<const BuiltinProfile> BuiltinProfiles() { return kProfiles; }

}  // namespace usher
")
