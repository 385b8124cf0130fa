#include "policies/registrable_domain.h"

#ifdef USHER_HAVE_PSL
#include <libpsl.h>
#endif

namespace usher {

std::string RegistrableDomain(std::string_view name) {
#ifdef USHER_HAVE_PSL
  const psl_ctx_t* list = psl_builtin();  // compiled into libpsl: no file is read
  if (list == nullptr) return {};
  const std::string text(name);
  const char* domain = psl_registrable_domain(list, text.c_str());
  return domain == nullptr ? std::string() : std::string(domain);
#else
  static_cast<void>(name);
  return {};
#endif
}

}  // namespace usher
