// Package rec records spans and, beside them, what nobody knows in a real log: the parent that the
// code meant, and every place on the way from the parent to the span where the context could have
// been lost. The program never loses a context itself; scripts/generate-corpus does that afterwards,
// so that one recording has a known truth at every rate of loss.
//
// The recorder must not disturb what the scheduler does: it takes no lock and sends on no channel
// (except in the mode that imitates the batch processor of the OpenTelemetry SDK).
package rec

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"runtime"
	"runtime/trace"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Span kinds as OTLP numbers them.
const (
	Internal = 1
	Server   = 2
	Client   = 3
	Producer = 4
	Consumer = 5
)

// Hop is one place where a context was handed on: by a go statement, a channel, a header.
type Hop struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	Site string `json:"site"`
}

// Link names another span.
type Link struct {
	Trace string `json:"trace"`
	Span  string `json:"span"`
}

// Span is one recorded span with its true parent.
type Span struct {
	Trace    string         `json:"trace"`
	ID       string         `json:"span"`
	Parent   string         `json:"parent"`
	Remote   bool           `json:"remote"`
	Root     string         `json:"root"` // why a true root is one
	Hops     []Hop          `json:"hops"`
	Name     string         `json:"name"`
	Kind     int            `json:"kind"`
	Start    int64          `json:"start"`
	End_     int64          `json:"end"` // 0: never ended, so never exported
	G        int64          `json:"goroutine"`
	Function string         `json:"function"`
	Attrs    map[string]any `json:"attributes"`
	Links    []Link         `json:"links"`

	ended atomic.Int64
	task  *trace.Task
	next  *Span
}

// scope is what a context carries.
type scope struct {
	trace, span string
	remote      bool
	root        string
	hops        []Hop
}

type key struct{}

var (
	all      atomic.Pointer[Span]
	counter  atomic.Uint64
	seed     uint64
	service  string
	clock    time.Duration // how far this host's wall clock is off
	idsMode  string
	queue    chan *Span
	exported atomic.Int64
	buffer   bytes.Buffer
)

// Random is a number that depends on the seed and on how many were drawn before; no lock.
func Random() uint64 {
	x := seed + counter.Add(1)*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func id() string {
	var b [8]byte
	x := Random() | 1
	for i := range b {
		b[i] = byte(x >> (8 * i))
	}
	return hex.EncodeToString(b[:])
}

// Begin starts the execution trace. ids tells how a span can be found in it: "attribute"
// (goroutine.id on the span), "log" (trace.Log with the span id), "task" (a runtime task per span, as
// the OpenTelemetry SDK opens it), "none".
func Begin(serviceName string, programSeed uint64, clockOffset time.Duration, ids string, batchProcessor bool) {
	name := fnv.New64a() // the processes of a program share the seed but not the ids
	name.Write([]byte(serviceName))
	service, seed, clock, idsMode = serviceName, programSeed*0x9e3779b97f4a7c15^name.Sum64(), clockOffset, ids
	if err := trace.Start(&buffer); err != nil {
		panic(err)
	}
	if batchProcessor {
		queue = make(chan *Span, 2048)
		go processQueue()
	}
}

// processQueue imitates the batch span processor of the SDK: a goroutine that every End wakes.
func processQueue() {
	ticker := time.NewTicker(5 * time.Millisecond)
	var batch []*Span
	export := func() {
		exported.Add(int64(len(batch)))
		batch = batch[:0]
	}
	for {
		select {
		case <-ticker.C:
			export()
		case s := <-queue:
			batch = append(batch, s)
			if len(batch) >= 512 {
				export()
			}
		}
	}
}

// Background is the context of a true root; why says what kind of root.
func Background(why string) context.Context {
	return context.WithValue(context.Background(), key{}, &scope{root: why})
}

// Pass hands ctx on at a place where programs lose it. kind is the way it goes, site the place in
// the code. Cancellation, deadlines and values stay.
func Pass(ctx context.Context, kind, site string) context.Context {
	from := current(ctx)
	to := *from
	to.hops = append(append([]Hop(nil), from.hops...), Hop{service + id(), kind, site})
	return context.WithValue(ctx, key{}, &to)
}

func current(ctx context.Context) *scope {
	if s, ok := ctx.Value(key{}).(*scope); ok {
		return s
	}
	return &scope{root: "background"}
}

// Start begins a span under the span of ctx. attributes are pairs of key and value; an int alone is
// the span's kind.
func Start(ctx context.Context, name string, attributes ...any) (context.Context, *Span) {
	from := current(ctx)
	s := &Span{ID: id(), Parent: from.span, Trace: from.trace, Remote: from.remote, Hops: from.hops, Name: name, Kind: Internal}
	if from.span == "" {
		s.Trace, s.Root, s.Hops = id()+id(), from.root, nil
	}
	s.Attrs = map[string]any{}
	for i := 0; i < len(attributes); i++ {
		switch a := attributes[i].(type) {
		case int:
			s.Kind = a
		case Link:
			s.Links = append(s.Links, a)
		case []Link:
			s.Links = append(s.Links, a...)
		case string:
			s.Attrs[a] = attributes[i+1]
			i++
		}
	}
	if pc, _, _, ok := runtime.Caller(1); ok {
		s.Function = runtime.FuncForPC(pc).Name()
	}
	s.G = goroutine()
	ctx = context.WithValue(ctx, key{}, &scope{trace: s.Trace, span: s.ID})
	for {
		s.next = all.Load()
		if all.CompareAndSwap(s.next, s) {
			break
		}
	}
	s.Start = time.Now().Add(clock).UnixNano()
	switch idsMode {
	case "log":
		trace.Log(ctx, "span_id", s.ID)
	case "task":
		// Under no other task: one below ctx's would name the parent that a case says is lost.
		_, s.task = trace.NewTask(context.Background(), name)
	}
	return ctx, s
}

// End ends the span; the first call counts.
func (s *Span) End() {
	if !s.ended.CompareAndSwap(0, time.Now().Add(clock).UnixNano()) {
		return
	}
	if s.task != nil {
		s.task.End()
	}
	if queue != nil {
		select {
		case queue <- s:
		default:
		}
	}
}

// Link is a link to s.
func (s *Span) Link() Link { return Link{s.Trace, s.ID} }

// goroutine is the number of the running goroutine.
func goroutine() int64 {
	var b [40]byte
	text := strings.TrimPrefix(string(b[:runtime.Stack(b[:], false)]), "goroutine ")
	number, _, _ := strings.Cut(text, " ")
	n, _ := strconv.ParseInt(number, 10, 64)
	return n
}

// Inject writes the headers of ctx: the W3C one, and the hops, which stand for the truth only.
func Inject(ctx context.Context) map[string]string {
	s := current(ctx)
	hops, _ := json.Marshal(s.hops)
	return map[string]string{"Traceparent": "00-" + s.trace + "-" + s.span + "-01", "X-Truth": string(hops)}
}

// Extract is the context that Inject wrote.
func Extract(headers map[string]string) context.Context {
	parts := strings.Split(headers["Traceparent"], "-")
	if len(parts) != 4 || len(parts[1]) != 32 {
		return Background("request")
	}
	s := &scope{trace: parts[1], span: parts[2], remote: true}
	_ = json.Unmarshal([]byte(headers["X-Truth"]), &s.hops)
	return context.WithValue(context.Background(), key{}, s)
}

// Finish stops the trace and writes SERVICE.trace and SERVICE.raw.jsonl into dir.
func Finish(dir string) error {
	now := time.Now().Add(clock).UnixNano()
	trace.Stop()
	logs := buffer.Bytes()
	if clock != 0 {
		var err error
		if logs, err = shiftClock(logs, clock); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, service+".trace"), logs, 0o644); err != nil {
		return err
	}
	var out bytes.Buffer
	head, _ := json.Marshal(map[string]any{"service": service, "pid": os.Getpid(), "runtime": runtime.Version(), "ids": idsMode})
	fmt.Fprintf(&out, "%s\n", head)
	for s := all.Load(); s != nil; s = s.next {
		if end := s.ended.Load(); end > 0 && end <= now {
			s.End_ = end
		}
		line, err := json.Marshal(s)
		if err != nil {
			return err
		}
		fmt.Fprintf(&out, "%s\n", line)
	}
	return os.WriteFile(filepath.Join(dir, service+".raw.jsonl"), out.Bytes(), 0o644)
}
