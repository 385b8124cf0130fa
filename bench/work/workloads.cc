#include "bench/work/workload.h"

namespace usher::bench {
namespace {

// 10,000 small files in 100 directories, as a repository.
constexpr std::string_view kRepository = R"sh(
for d in $(seq 100); do mkdir -p repo/d$d; for f in $(seq 100); do echo "line $d $f" > repo/d$d/f$f.txt; done; done
cd repo && git init -q . && git config user.email bench@usher.example && git config user.name bench
git config gc.auto 0  # or it goes on packing beside what is measured
git add -A && git commit -qm first && git repack -adq && cd .. || exit 1
)sh";

constexpr std::string_view kTree = R"sh(
for d in $(seq 100); do mkdir -p tree/d$d; for f in $(seq 50); do echo "line $d $f needle$f" > tree/d$d/f$f.txt; done; done
)sh";

constexpr std::string_view kSources = R"sh(
mkdir -p src && cd src
for i in 1 2 3 4; do printf '#include <string>\n#include <vector>\nint f%d(std::vector<std::string> v) { return (int)v.size() + %d; }\n' $i $i > f$i.cc; done
printf '#include <string>\n#include <vector>\nint f1(std::vector<std::string>);\nint main() { return f1({}) - 1; }\n' > main.cc
printf 'OBJECTS := main.o f1.o f2.o f3.o f4.o\nall: program\nprogram: $(OBJECTS)\n\tg++ -o $@ $^\n%%.o: %%.cc\n\tg++ -O0 -c $<\n' > Makefile
)sh";

// A package with 30 dependencies, each a tarball beside it: npm has nothing to ask anybody for.
constexpr std::string_view kPackages = R"sh(
mkdir -p app tarballs && deps=
for i in $(seq 30); do
  mkdir -p dep$i/package && echo "{\"name\":\"dep$i\",\"version\":\"1.0.0\"}" > dep$i/package/package.json
  for f in $(seq 20); do echo "module.exports=$f" > dep$i/package/m$f.js; done
  tar -C dep$i -czf tarballs/dep$i.tgz package && deps="$deps,\"dep$i\":\"file:../tarballs/dep$i.tgz\""
done
echo "{\"name\":\"app\",\"version\":\"1.0.0\",\"dependencies\":{${deps#,}}}" > app/package.json
cd app && npm install --offline --no-audit --no-fund --package-lock-only >/dev/null 2>&1
)sh";

constexpr std::string_view kServer = R"sh(python3 - <<'END'
import http.server, threading, http.client
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = open("page.html", "rb").read()
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
    def log_message(self, *a): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
def ask(n):
    for _ in range(n // 10):
        c = http.client.HTTPConnection("127.0.0.1", server.server_port)
        for _ in range(10):
            c.request("GET", "/"); r = c.getresponse(); assert len(r.read()) == 4096
        c.close()
clients = [threading.Thread(target=ask, args=(100,)) for _ in range(4)]
[c.start() for c in clients]; [c.join() for c in clients]; server.shutdown()
END
)sh";

constexpr std::string_view kSqlite = R"sh(python3 - <<'END'
import os, sqlite3
if os.path.exists("t.db"): os.remove("t.db")
db = sqlite3.connect("t.db"); db.execute("pragma synchronous=off"); db.execute("create table t(a, b)"); db.commit()
for i in range(300):
    db.execute("insert into t values(?, ?)", (i, "x" * 50)); db.commit()
END
)sh";

// What a round leaves is put aside, not removed: ext4 passes over the inodes of files that were removed in the last minutes,
// one by one, whenever one is made, and the next round would pay for the last one.
constexpr Workload kWorkloads[] = {
    {.name = "true", .timed = "true", .seconds = 0.01, .quick = true},
    {.name = "true, beside 10,000 files", .needs = "git", .once = kRepository, .timed = "true", .seconds = 0.02},
    {.name = "git status, 10,000 files",
     .needs = "git",
     .once = kRepository,
     .timed = "cd repo && git status -s",
     .seconds = 0.1},
    {.name = "git clone, 10,000 files",
     .needs = "git",
     .once = kRepository,
     .before = "[ ! -e copy ] || mv copy \"$(mktemp -d)\"",
     .timed = "git clone -q --no-hardlinks repo copy",
     .files = "write.allow = [\"./copy/.git/config/.\"]",
     .seconds = 1.2},
    {.name = "grep -r, 5,000 files",
     .needs = "grep",
     .once = kTree,
     .timed = "grep -r needle7 tree > /dev/null",
     .seconds = 0.1,
     .quick = true},
    {.name = "find, 5,000 files",
     .needs = "find",
     .once = kTree,
     .timed = "find tree -name '*.txt' -size +0 > /dev/null",
     .seconds = 0.05},
    {.name = "python",
     .needs = "python3",
     .timed = "python3 -c 'import json, re, http.client, sqlite3, ssl'",
     .seconds = 0.2,
     .quick = true},
    {.name = "node",
     .needs = "node",
     .timed = "node -e 'require(\"fs\"); require(\"http\"); require(\"crypto\")'",
     .seconds = 0.2},
    {.name = "g++ and make",
     .needs = "g++ make",
     .once = kSources,
     .before = "cd src && rm -f *.o program",
     .timed = "cd src && make -s -j2",
     .seconds = 2.5},
    {.name = "200 spawns",
     .timed = "i=0; while [ $i -lt 200 ]; do /bin/true; i=$((i+1)); done",
     .seconds = 0.3,
     .quick = true},
    {.name = "unpack 5,000 files",
     .needs = "tar",
     .once = "tree=1; for d in $(seq 100); do mkdir -p tree/d$d; for f in $(seq 50); do echo $d > tree/d$d/f$f; done; "
             "done; tar -cf tree.tar tree",
     .before = "[ ! -e out ] || mv out \"$(mktemp -d)\"; mkdir out",
     .timed = "tar -C out -xf tree.tar",
     .seconds = 0.3},
    {.name = "npm ci, 30 packages",
     .needs = "node npm",
     .once = kPackages,
     .before = "[ ! -e app/node_modules ] || mv app/node_modules \"$(mktemp -d)\"",
     .timed = "cd app && npm ci --offline --no-audit --no-fund > /dev/null",
     .seconds = 2},
    {.name = "sqlite, 300 transactions", .needs = "python3", .timed = kSqlite, .seconds = 0.4},
    {.name = "HTTP server, 400 requests",
     .needs = "python3",
     .once = "head -c 4096 /dev/zero > page.html",
     .timed = kServer,
     .seconds = 1},
};

}  // namespace

std::span<const Workload> Workloads() { return kWorkloads; }

}  // namespace usher::bench
