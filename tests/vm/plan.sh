# Sourced by test-vm: which tests the guest runs, from the tables "suites", "left-out" and "mechanisms".

rows_of() { sed -e '/^#/d' -e '/^ *$/d' "$1"; }

# but FILTER PATTERN: the GoogleTest filter without what fits the pattern as well.
but() { if [[ $1 == *-* ]]; then printf '%s\n' "$1:$2"; else printf '%s\n' "$1-$2"; fi; }

# plan_of: writes $work/plan (mechanism, kind, who, limit, program, filter; a tab between them), $work/settings and
# $work/expected, and says what is left out.
plan_of() {
  local sets kind who limit program filter mechanism one setting without reason mechanisms
  : >"$work/plan"
  while read -r sets kind who limit program filter; do
    [[ ,$sets, == *,$set,* ]] || continue
    [[ -z ${PROGRAM:-} || $program == */$PROGRAM ]] || continue
    without=
    while read -r one setting reason; do
      [[ $one == "${program##*/}" ]] || continue
      printf 'skip  %s %s: %s\n' "$one" "$setting" "$reason"
      without+=${without:+:}$setting
    done < <(rows_of left-out)
    filter=${ONLY:-$filter}
    [[ -z $without ]] || filter=$(but "$filter" "$without")
    mechanisms='any -'
    [[ $kind != box ]] || mechanisms=$(rows_of mechanisms)
    [[ $kind != static ]] || mechanisms='static -'
    while read -r mechanism without; do
      [[ -z ${MECHANISM:-} || $kind != box || $mechanism == "$MECHANISM" ]] || continue
      [[ $without == - ]] && without=$filter || without=$(but "$filter" "$without")
      for one in ${who//,/ }; do
        printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$mechanism" "$kind" "$one" "$limit" "$build/$program" "$without" >>"$work/plan"
      done
    done <<<"$mechanisms"
  done < <(rows_of suites)
  [[ -s $work/plan ]] || fail "no line of tests/vm/suites is for SET=$set PROGRAM=${PROGRAM:-}"
  for setting in ${SYSCTL:-}; do printf '%s %s\n' "${setting%%=*}" "${setting#*=}"; done >"$work/settings"
  for setting in ${EXPECT:-}; do printf '%s %s\n' "${setting%%=*}" "${setting#*=}"; done >"$work/expected"
}
