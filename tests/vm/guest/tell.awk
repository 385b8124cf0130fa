# Of what a GoogleTest program prints, a line for each test: "ok", "skip" with the reason, or "FAIL" with all that the test
# said; and a sum. A program that breaks off in a test has failed that test.
BEGIN { ok = skipped = broken = 0; test = "" }

function name(line) {
  sub(/^\[[ A-Z]*\] /, "", line)
  sub(/,? (where|\().*$/, "", line)
  return line
}
function broke(why) {
  print "FAIL  " label " " why
  printf "%s", said
  broken++
  test = ""
}

/^\[ RUN      \] / { test = name($0); said = ""; next }
test != "" && index($0, "[       OK ] ") { print "ok    " label " " test " " time($0); ok++; test = ""; next }
test != "" && index($0, "[  SKIPPED ] ") {
  gsub(/\n/, " ", said)
  sub(/^.*Skipped */, "", said)
  print "skip  " label " " test ": " said
  skipped++
  test = ""
  next
}
test != "" && /\[  FAILED  \] / { broke(test " " time($0)); next }
/^ended with / {
  code = $3
  if (test != "") broke(test ": the program ended in it with " code)
  else if (code != 0 && broken == 0) broke("ended with " code " although no test failed")
  next
}
test != "" { said = said $0 "\n"; next }
# Nothing was running: an error before or after the tests is told as it is.
!/^(\[|Note: |Running main|$)/ { print "      " label ": " $0 }

function time(line) { return match(line, /\([0-9]+ ms/) ? substr(line, RSTART + 1, RLENGTH - 1) : "" }

END {
  if (ok + skipped + broken == 0) { print "FAIL  " label " ran no test"; broken++ }
  printf "sum   %s ok %d skipped %d failed %d\n", label, ok, skipped, broken
  exit broken > 0
}
