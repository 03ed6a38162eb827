package main

import (
	"context"
	"sync"
	"time"

	"corpus/rec"
)

// query is a call on the caller's own goroutine. Its helper takes no context in many code bases, so
// the place can lose it.
func query(e *env, ctx context.Context, site, name string) {
	_, s := rec.Start(rec.Pass(ctx, "call", site), name, rec.Client, "db.system", "postgresql")
	e.io(60*time.Microsecond, 600*time.Microsecond)
	s.End()
}

// audit writes a record that outlives the request: it is started with a context of its own and so is
// a true root, whatever goroutine started it.
func audit(e *env, name string) {
	e.background.Add(1)
	go writeAudit(e, name)
}

func writeAudit(e *env, name string) {
	defer e.background.Done()
	ctx, s := rec.Start(rec.Background("detached"), name)
	defer s.End()
	e.io(100*time.Microsecond, 700*time.Microsecond)
	_, line := rec.Start(ctx, "append line")
	e.work(5*time.Microsecond, 40*time.Microsecond)
	line.End()
}

// group is errgroup.Group with a limit, as golang.org/x/sync has it.
type group struct {
	wait   sync.WaitGroup
	tokens chan struct{}
	once   sync.Once
	err    error
}

func newGroup(limit int) *group { return &group{tokens: make(chan struct{}, limit)} }

func (g *group) Go(f func() error) {
	g.tokens <- struct{}{}
	g.wait.Add(1)
	go func() {
		defer g.done()
		if err := f(); err != nil {
			g.once.Do(func() { g.err = err })
		}
	}()
}

func (g *group) done() {
	<-g.tokens
	g.wait.Done()
}

func (g *group) Wait() error {
	g.wait.Wait()
	return g.err
}

// every runs job at each tick until the returned function is called, on one goroutine.
func every(e *env, period time.Duration, job func()) (stop func()) {
	done := make(chan struct{})
	e.background.Add(1)
	go func() {
		defer e.background.Done()
		ticker := time.NewTicker(period)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				job()
			case <-done:
				return
			}
		}
	}()
	return func() { close(done) }
}
