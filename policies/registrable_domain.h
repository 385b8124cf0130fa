// Where does somebody else's part of the name space begin? By the Public Suffix List, its private part included, so
// that a name under github.io is never widened to all of github.io.

#ifndef USHER_POLICIES_REGISTRABLE_DOMAIN_H_
#define USHER_POLICIES_REGISTRABLE_DOMAIN_H_

#include <string>
#include <string_view>

namespace usher {

// "bbc.co.uk" for "www.bbc.co.uk". Empty for a public suffix itself, for a name of one label, and when this build has
// no list: then no wider offer is made.
std::string RegistrableDomain(std::string_view name);

}  // namespace usher

#endif  // USHER_POLICIES_REGISTRABLE_DOMAIN_H_
