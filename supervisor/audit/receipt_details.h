// The folded part of the Markdown receipt: the lists in full, as far as they fit.

#ifndef USHER_SUPERVISOR_AUDIT_RECEIPT_DETAILS_H_
#define USHER_SUPERVISOR_AUDIT_RECEIPT_DETAILS_H_

#include <cstddef>
#include <string>

#include "supervisor/audit/markdown_text.h"
#include "supervisor/audit/receipt.h"

namespace usher {

// At most `bytes` long; every list that had to be cut says how much is missing and where it is.
std::string ReceiptDetails(const ReceiptInput& input, const PathSpelling& spell, size_t bytes);

// "allowed for this session", "refused: nobody was there".
std::string AnswerText(const Summary::Asked& asked);

}  // namespace usher

#endif  // USHER_SUPERVISOR_AUDIT_RECEIPT_DETAILS_H_
