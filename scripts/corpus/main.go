// Command corpus runs one of its programs, small services as people write them, and records the
// execution trace and the spans of the run with their truth.
//
//	corpus -list
//	corpus -program NAME -role ROLE -seed N -dir DIR [-offset 3ms] [-addresses role=host:port,…]
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sort"
	"strings"
	"syscall"
	"time"

	"corpus/rec"
)

// program is one service, or several that talk to each other.
type program struct {
	Name    string   `json:"name"`
	About   string   `json:"about"`
	Part    string   `json:"part"`    // "tune" or "unseen"
	Roles   []string `json:"roles"`   // processes; the first drives the others
	Offsets []int    `json:"offsets"` // µs by which each role's wall clock is off
	Site    string   `json:"site"`    // the place that loses every context in the "site" cases
	IDs     string   `json:"ids"`     // see rec.Begin
	Batch   bool     `json:"batch"`   // imitate the SDK's batch processor
	run     func(*env)
}

var programs []program

func register(p program) bool {
	if len(p.Roles) == 0 {
		p.Roles = []string{p.Name}
	}
	if p.IDs == "" {
		p.IDs = "attribute"
	}
	programs = append(programs, p)
	return true
}

func main() {
	list := flag.Bool("list", false, "write the programs as JSON")
	name := flag.String("program", "", "the program to run")
	role := flag.String("role", "", "which of its processes")
	seed := flag.Uint64("seed", 1, "seed of the random choices")
	dir := flag.String("dir", ".", "where the logs go")
	offset := flag.Duration("offset", 0, "how far the wall clock is off")
	addresses := flag.String("addresses", "", "role=host:port,…")
	flag.Parse()
	sort.Slice(programs, func(i, j int) bool { return programs[i].Name < programs[j].Name })
	if *list {
		json.NewEncoder(os.Stdout).Encode(programs)
		return
	}
	for _, p := range programs {
		if p.Name == *name {
			if err := run(p, *role, *seed, *dir, *offset, *addresses); err != nil {
				fmt.Fprintln(os.Stderr, "corpus:", err)
				os.Exit(1)
			}
			return
		}
	}
	fmt.Fprintln(os.Stderr, "corpus: no program", *name)
	os.Exit(64)
}

func run(p program, role string, seed uint64, dir string, offset time.Duration, addresses string) error {
	if role == "" {
		role = p.Roles[0]
	}
	runtime.GOMAXPROCS(max(4, runtime.NumCPU()))
	e := &env{role: role, addresses: map[string]string{}, stop: make(chan struct{})}
	for _, pair := range strings.Split(addresses, ",") {
		if role, address, ok := strings.Cut(pair, "="); ok {
			e.addresses[role] = address
		}
	}
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	go func() {
		<-terminated
		close(e.stop)
	}()
	rec.Begin(role, seed, offset, p.IDs, p.Batch)
	p.run(e)
	e.background.Wait()
	return rec.Finish(dir)
}
