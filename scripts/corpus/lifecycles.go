package main

import (
	"context"
	"iter"
	"sync"
	"time"

	"corpus/rec"
)

var _ = register(program{Name: "iterpull", Part: "unseen", Site: "iterpull.page", run: iterPull,
	About: "iter.Pull: a merge of paged shards, and one cursor that all requests share; spans start inside the coroutines"})

func iterPull(e *env) {
	type shared struct {
		sync.Mutex
		ctx context.Context // of whoever pulls
	}
	cursor := &shared{}
	next, stop := iter.Pull(func(yield func(int) bool) {
		for i := 0; ; i++ {
			_, s := rec.Start(cursor.ctx, "advance cursor")
			e.work(5*time.Microsecond, 40*time.Microsecond)
			s.End()
			if !yield(i) {
				return
			}
		}
	})
	defer stop()
	e.arrive(110, 400*time.Microsecond, 2500*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "GET /merge", rec.Server)
		defer s.End()
		var pulls []func() (int, bool)
		for range 2 {
			inside := rec.Pass(ctx, "coroutine", "iterpull.page")
			pages := 1 + e.intn(3)
			pull, stop := iter.Pull(func(yield func(int) bool) {
				for page := range pages {
					_, s := rec.Start(inside, "read page", "page", page)
					e.io(50*time.Microsecond, 300*time.Microsecond)
					s.End()
					if !yield(page) {
						return
					}
				}
			})
			defer stop()
			pulls = append(pulls, pull)
		}
		for open := len(pulls); open > 0; {
			open = 0
			for _, pull := range pulls {
				if _, ok := pull(); ok {
					open++
					_, s := rec.Start(ctx, "merge page")
					e.work(5*time.Microsecond, 30*time.Microsecond)
					s.End()
				}
			}
		}
		for range 1 + e.intn(2) {
			cursor.Lock()
			cursor.ctx = rec.Pass(ctx, "shared coroutine", "iterpull.cursor")
			next()
			cursor.Unlock()
		}
		if e.chance(.3) {
			audit(e, "audit merge")
		}
	})
}

var _ = register(program{Name: "shutdown", Part: "unseen", Site: "shutdown.drain", run: shutdown,
	About: "restarts: each drains its workers and cancels what is left, whose clean-up belongs to the requests; some spans never end"})

func shutdown(e *env) {
	for range 5 {
		life, cancel := context.WithCancel(context.Background())
		jobs := make(chan job, 16)
		var workers sync.WaitGroup
		for range 3 {
			workers.Add(1)
			go func() {
				defer workers.Done()
				for j := range jobs {
					_, s := rec.Start(j.ctx, "store order")
					e.io(50*time.Microsecond, 500*time.Microsecond)
					s.End()
					j.done()
				}
			}()
		}
		e.arrive(28, 150*time.Microsecond, 1500*time.Microsecond, func(int) {
			ctx, s := rec.Start(rec.Background("request"), "POST /order", rec.Server)
			end := s.End
			if e.chance(.06) {
				end = func() {} // killed: the span is never exported, its children are
			}
			defer end()
			query(e, ctx, "shutdown.query", "insert order")
			// A subscription that stays until the server stops, then is cleaned up.
			if e.chance(.4) {
				cleanup := rec.Pass(ctx, "context.AfterFunc", "shutdown.cleanup")
				e.background.Add(1)
				context.AfterFunc(life, func() {
					defer e.background.Done()
					_, s := rec.Start(cleanup, "close subscription")
					e.work(5*time.Microsecond, 50*time.Microsecond)
					s.End()
				})
			}
			for range 1 + e.intn(2) {
				e.background.Add(1)
				jobs <- job{rec.Pass(ctx, "buffered channel", "shutdown.drain"), e.background.Done}
			}
		})
		ctx, s := rec.Start(rec.Background("lifecycle"), "shutdown")
		close(jobs)
		drain := rec.Pass(ctx, "go statement", "shutdown.close")
		e.background.Add(1)
		go func() {
			defer e.background.Done()
			_, s := rec.Start(drain, "close listeners")
			e.io(50*time.Microsecond, 300*time.Microsecond)
			s.End()
		}()
		workers.Wait()
		cancel()
		_, sync := rec.Start(ctx, "sync files")
		e.io(100*time.Microsecond, 500*time.Microsecond)
		sync.End()
		s.End()
	}
}

var _ = register(program{Name: "websocket", Part: "unseen", Site: "websocket.write", IDs: "log", run: websocket,
	About: "connections with a reader and a writer goroutine and one long span each; every message is a trace of its own inside it"})

func websocket(e *env) {
	var open sync.WaitGroup
	for range 8 {
		open.Add(1)
		go func() { // the reader of one connection
			defer open.Done()
			ctx, connection := rec.Start(rec.Background("request"), "websocket", rec.Server)
			defer connection.End()
			replies := make(chan job, 4)
			var writer sync.WaitGroup
			writer.Add(1)
			pings := rec.Pass(ctx, "go statement", "websocket.ping")
			go func() {
				defer writer.Done()
				ping := time.NewTicker(6 * time.Millisecond)
				defer ping.Stop()
				for {
					select {
					case j, ok := <-replies:
						if !ok {
							return
						}
						_, s := rec.Start(j.ctx, "write frame")
						e.work(3*time.Microsecond, 30*time.Microsecond)
						s.End()
					case <-ping.C:
						_, s := rec.Start(pings, "ping")
						e.work(2*time.Microsecond, 10*time.Microsecond)
						s.End()
					}
				}
			}()
			for range 26 {
				e.io(100*time.Microsecond, 2*time.Millisecond)
				ctx, s := rec.Start(rec.Background("message"), "on message", rec.Consumer, connection.Link())
				e.work(5*time.Microsecond, 50*time.Microsecond)
				query(e, ctx, "websocket.query", "append message")
				for range 1 + e.intn(2) {
					replies <- job{ctx: rec.Pass(ctx, "buffered channel", "websocket.write")}
				}
				s.End()
			}
			close(replies)
			writer.Wait()
		}()
		e.io(50*time.Microsecond, 500*time.Microsecond)
	}
	open.Wait()
}

var _ = register(program{Name: "detached", Part: "tune", Site: "detached.index", run: detached,
	About: "requests that start goroutines of their own trace and goroutines of a trace apart, some with the same name"})

func detached(e *env) {
	index := func(ctx context.Context) {
		defer e.background.Done()
		ctx, s := rec.Start(ctx, "index document")
		defer s.End()
		e.work(10*time.Microsecond, 80*time.Microsecond)
		query(e, ctx, "detached.query", "put document")
	}
	reindex := every(e, 4*time.Millisecond, func() {
		e.background.Add(1)
		index(rec.Background("cron"))
	})
	e.arrive(150, 200*time.Microsecond, 1800*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "PUT /document", rec.Server)
		defer s.End()
		query(e, ctx, "detached.save", "save document")
		e.background.Add(1)
		if e.chance(.8) {
			go index(rec.Pass(ctx, "go statement", "detached.index"))
		} else { // large ones are indexed apart
			go index(rec.Background("detached"))
		}
		if e.chance(.7) {
			audit(e, "audit document")
		}
		if e.chance(.5) {
			e.background.Add(1)
			go func() { // stale entries are refreshed apart, whoever found them
				defer e.background.Done()
				ctx, s := rec.Start(rec.Background("detached"), "refresh stale")
				query(e, ctx, "detached.refresh", "read source")
				s.End()
			}()
		}
	})
	reindex()
}
