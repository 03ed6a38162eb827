// Command pools runs a program whose waits, worker pools and critical path are known, because it
// measures them itself, and records it: pools.trace, pools.spans.jsonl and pools.figures.json in the
// folder that is its argument.
//
// Two pools: one with more workers than it needs, one with too few. One request that fans out to three
// goroutines, waits for the slowest, and hands its result to the small pool.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"runtime/trace"
	"sort"
	"strconv"
	"sync"
	"time"
)

// durations that were measured in one place, by several goroutines.
type durations struct {
	sync.Mutex
	all []int64
}

func (d *durations) add(since time.Time) {
	length := time.Since(since).Nanoseconds()
	d.Lock()
	d.all = append(d.all, length)
	d.Unlock()
}

// figures of durations: nearest rank.
type figures struct {
	Count int   `json:"count"`
	Total int64 `json:"total"`
	P50   int64 `json:"p50"`
	P99   int64 `json:"p99"`
	Max   int64 `json:"max"`
}

func (d *durations) figures() figures {
	sort.Slice(d.all, func(a, b int) bool { return d.all[a] < d.all[b] })
	f := figures{Count: len(d.all)}
	if f.Count == 0 {
		return f
	}
	for _, length := range d.all {
		f.Total += length
	}
	rank := func(percent int) int64 { return d.all[(len(d.all)*percent+99)/100-1] }
	f.P50, f.P99, f.Max = rank(50), rank(99), rank(100)
	return f
}

type job struct {
	length time.Duration
	handed time.Time
	span   string
	done   chan struct{}
}

// pool is what a pool measures about itself.
type pool struct {
	Workers int     `json:"workers"`
	Jobs    int     `json:"jobs"`
	Blocked int     `json:"blockedHandOffs"`
	Idle    float64 `json:"idleShare"`
	Receive figures `json:"receive"`
	Send    figures `json:"send"`
	Queue   figures `json:"queue"`

	receive, send, queue durations
	idle, life           int64
	mutex                sync.Mutex
	jobs                 chan job
	group                sync.WaitGroup
}

// start starts workers that receive until the channel is closed.
func (p *pool) start(workers int, work func(*pool)) {
	p.Workers = workers
	p.jobs = make(chan job)
	for range workers {
		p.group.Add(1)
		go work(p)
	}
	time.Sleep(5 * time.Millisecond)
}

func roomyWorker(p *pool) {
	defer p.group.Done()
	p.work(func() (job, bool) {
		j, ok := <-p.jobs
		return j, ok
	})
}

func narrowWorker(p *pool) {
	defer p.group.Done()
	p.work(func() (job, bool) {
		j, ok := <-p.jobs
		return j, ok
	})
}

func (p *pool) work(next func() (job, bool)) {
	born := time.Now()
	var idle, jobs int64
	for {
		begin := time.Now()
		j, ok := next()
		idle += time.Since(begin).Nanoseconds()
		p.receive.add(begin)
		if !ok {
			break
		}
		p.queue.add(j.handed)
		jobs++
		start := time.Now()
		time.Sleep(j.length)
		if j.done != nil {
			write("job", j.span, start)
			close(j.done)
		}
	}
	p.mutex.Lock()
	p.idle += idle
	p.life += time.Since(born).Nanoseconds()
	p.Jobs += int(jobs)
	p.mutex.Unlock()
}

// hand hands a job over, and notes whether that had to wait.
func (p *pool) hand(j job) {
	j.handed = time.Now()
	select {
	case p.jobs <- j:
	default:
		begin := time.Now()
		p.jobs <- j
		p.send.add(begin)
	}
}

func (p *pool) stop() {
	close(p.jobs)
	p.group.Wait()
	p.Idle = float64(p.idle) / float64(p.life)
	p.Receive, p.Send, p.Queue = p.receive.figures(), p.send.figures(), p.queue.figures()
	p.Blocked = p.Send.Count
}

// path is what the request measures of its critical path.
type path struct {
	Length  int64 `json:"length"`
	Compute int64 `json:"compute"`
	FanOut  int64 `json:"fanOut"`
	Job     int64 `json:"job"`
}

func spin(length time.Duration) {
	for start := time.Now(); time.Since(start) < length; {
	}
}

// request is a span on a goroutine of its own.
func request(p *pool, measured *path, done chan struct{}) {
	start := time.Now()
	id := newID()
	spin(20 * time.Millisecond)
	measured.Compute = time.Since(start).Nanoseconds()
	begin := time.Now()
	var group sync.WaitGroup
	for _, length := range []time.Duration{60, 120, 30} {
		group.Add(1)
		go func() {
			defer group.Done()
			start := time.Now()
			time.Sleep(length * time.Millisecond)
			write(fmt.Sprintf("part of %d ms", length), id, start)
		}()
	}
	group.Wait()
	measured.FanOut = time.Since(begin).Nanoseconds()
	begin = time.Now()
	answer := make(chan struct{})
	p.hand(job{length: 80 * time.Millisecond, span: id, done: answer})
	<-answer
	measured.Job = time.Since(begin).Nanoseconds()
	end := time.Now()
	writeAs(id, "request", "", start, end)
	measured.Length = end.Sub(start).Nanoseconds()
	close(done)
}

// Spans, as OTLP JSON lines.

var (
	spans   bytes.Buffer
	spanned sync.Mutex
	lastID  uint64
)

const traceID = "70006c73000000000000000000000001"

func newID() string {
	spanned.Lock()
	defer spanned.Unlock()
	lastID++
	return fmt.Sprintf("%016x", 0x9e3779b97f4a7c15*lastID)
}

func goroutine() string {
	var text [64]byte
	fields := bytes.Fields(text[:runtime.Stack(text[:], false)])
	number, err := strconv.Atoi(string(fields[1]))
	if err != nil {
		log.Fatal(err)
	}
	return strconv.Itoa(number)
}

func write(name, parent string, start time.Time) { writeAs(newID(), name, parent, start, time.Now()) }

func writeAs(id, name, parent string, start, end time.Time) {
	spanned.Lock()
	defer spanned.Unlock()
	fmt.Fprintf(&spans, `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"pools"}}]},`+
		`"scopeSpans":[{"spans":[{"traceId":"%s","spanId":"%s","parentSpanId":"%s","name":"%s",`+
		`"startTimeUnixNano":"%d","endTimeUnixNano":"%d","attributes":[{"key":"goroutine.id","value":{"intValue":"%s"}}]}]}]}]}`+"\n",
		traceID, id, parent, name, start.UnixNano(), end.UnixNano(), goroutine())
}

func main() {
	folder := os.Args[1]
	file, err := os.Create(filepath.Join(folder, "pools.trace"))
	if err != nil {
		log.Fatal(err)
	}
	if err := trace.Start(file); err != nil {
		log.Fatal(err)
	}

	// More workers than needed: each works 20 ms of every 200.
	var roomy pool
	roomy.start(4, roomyWorker)
	for range 40 {
		roomy.hand(job{length: 20 * time.Millisecond})
		time.Sleep(50 * time.Millisecond)
	}
	roomy.stop()

	// Too few: six callers, two workers.
	var narrow pool
	narrow.start(2, narrowWorker)
	var callers sync.WaitGroup
	for range 6 {
		callers.Add(1)
		go func() {
			defer callers.Done()
			for range 6 {
				narrow.hand(job{length: 20 * time.Millisecond})
			}
		}()
	}
	callers.Wait()
	time.Sleep(100 * time.Millisecond)

	var measured path
	done := make(chan struct{})
	go request(&narrow, &measured, done)
	<-done
	narrow.stop()

	trace.Stop()
	if err := file.Close(); err != nil {
		log.Fatal(err)
	}
	text, err := json.MarshalIndent(map[string]any{"roomy": &roomy, "narrow": &narrow, "path": &measured}, "", "  ")
	if err != nil {
		log.Fatal(err)
	}
	for name, content := range map[string][]byte{"pools.spans.jsonl": spans.Bytes(), "pools.figures.json": append(text, '\n')} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
