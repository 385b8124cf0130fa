// usher receipt [show|verify] [RUN-ID]: what a run did, and whether its log still says so.

#ifndef USHER_SUPERVISOR_CLI_RECEIPT_COMMAND_H_
#define USHER_SUPERVISOR_CLI_RECEIPT_COMMAND_H_

#include <cstdio>
#include <string>

namespace usher {

struct ReceiptOptions {
  std::string state;          // StateDirectory
  std::string run;            // id or its beginning; empty: the latest
  bool json = false;          // otherwise Markdown
  std::string expected_head;  // verify: the chain head as it stands somewhere else, in a pull request for instance
};

// Writes the receipt to `out`. Exit code: 0, or 1 with the reason on `err`.
int ShowReceipt(const ReceiptOptions& options, std::FILE* out, std::FILE* err);

// Compares log and receipt. Exit code: 0 they agree, 1 they do not, 2 there is nothing to compare.
int VerifyReceipt(const ReceiptOptions& options, std::FILE* out, std::FILE* err);

}  // namespace usher

#endif  // USHER_SUPERVISOR_CLI_RECEIPT_COMMAND_H_
