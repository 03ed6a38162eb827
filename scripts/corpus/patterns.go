package main

import (
	"context"
	"sync"
	"time"

	"corpus/rec"
)

var _ = register(program{Name: "walker", Part: "unseen", Site: "walker.folder", run: walker,
	About: "a tree is walked: each folder is a span, folders below it are walked on goroutines of their own where a token is free"})

func walker(e *env) {
	tokens := make(chan struct{}, 6)
	var walk func(ctx context.Context, depth int)
	walk = func(ctx context.Context, depth int) {
		ctx, s := rec.Start(ctx, "walk folder")
		defer s.End()
		query(e, ctx, "walker.read", "read folder")
		if depth == 0 {
			return
		}
		var open sync.WaitGroup
		for range e.intn(4) {
			below := rec.Pass(ctx, "recursion", "walker.folder")
			select {
			case tokens <- struct{}{}:
				open.Add(1)
				go func() {
					defer open.Done()
					walk(below, depth-1)
					<-tokens
				}()
			default:
				walk(below, depth-1)
			}
		}
		open.Wait()
	}
	e.arrive(60, 500*time.Microsecond, 4*time.Millisecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /scan", rec.Server)
		defer s.End()
		walk(rec.Pass(ctx, "call", "walker.scan"), 3)
		if e.chance(.3) {
			audit(e, "audit scan")
		}
	})
}

var _ = register(program{Name: "mapreduce", Part: "unseen", Site: "mapreduce.map", IDs: "task", run: mapReduce,
	About: "two levels of fan-out with limits: parts of a job, chunks of a part; a combiner for each part behind a channel"})

func mapReduce(e *env) {
	e.arrive(70, 500*time.Microsecond, 4*time.Millisecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /report", rec.Server)
		defer s.End()
		jobs := newGroup(3)
		for range 2 + e.intn(3) {
			ctx := rec.Pass(ctx, "errgroup", "mapreduce.part")
			jobs.Go(func() error {
				ctx, s := rec.Start(ctx, "run part")
				defer s.End()
				done := make(chan context.Context, 4)
				var combined sync.WaitGroup
				combined.Add(1)
				go func(ctx context.Context) {
					defer combined.Done()
					ctx, s := rec.Start(ctx, "combine")
					defer s.End()
					for range done {
						_, add := rec.Start(rec.Pass(ctx, "call", "mapreduce.add"), "add chunk")
						e.work(2*time.Microsecond, 20*time.Microsecond)
						add.End()
					}
				}(rec.Pass(ctx, "go statement", "mapreduce.combine"))
				chunks := newGroup(2)
				for range 1 + e.intn(4) {
					ctx := rec.Pass(ctx, "errgroup", "mapreduce.map")
					chunks.Go(func() error {
						ctx, s := rec.Start(ctx, "map chunk")
						e.work(10*time.Microsecond, 100*time.Microsecond)
						s.End()
						done <- ctx
						return nil
					})
				}
				_ = chunks.Wait()
				close(done)
				combined.Wait()
				return nil
			})
		}
		_ = jobs.Wait()
	})
}

var _ = register(program{Name: "layers", Part: "unseen", Site: "layers.repository", run: layers,
	About: "many layers on one goroutine: router, guard, service, repository, driver; a cache beside, retries in the driver"})

func layers(e *env) {
	type layer func(ctx context.Context)
	wrap := func(name, site string, next layer) layer {
		return func(ctx context.Context) {
			ctx, s := rec.Start(ctx, name)
			defer s.End()
			e.work(2*time.Microsecond, 15*time.Microsecond)
			next(rec.Pass(ctx, "call", site))
		}
	}
	driver := func(ctx context.Context) {
		for range 1 + e.intn(2) {
			_, s := rec.Start(ctx, "driver exec", rec.Client)
			e.io(20*time.Microsecond, 200*time.Microsecond)
			s.End()
		}
	}
	repository := wrap("repository find", "layers.driver", driver)
	service := wrap("service load", "layers.repository", func(ctx context.Context) {
		_, s := rec.Start(rec.Pass(ctx, "call", "layers.cache"), "cache get")
		e.work(2*time.Microsecond, 10*time.Microsecond)
		s.End()
		for range 1 + e.intn(2) {
			repository(ctx)
		}
	})
	guard := wrap("guard check", "layers.service", service)
	router := wrap("router match", "layers.guard", guard)
	e.clients(8, 16, 100*time.Microsecond, 2*time.Millisecond, func(int, int) {
		ctx, s := rec.Start(rec.Background("request"), "GET /account", rec.Server)
		router(rec.Pass(ctx, "call", "layers.router"))
		s.End()
		if e.chance(.3) {
			audit(e, "audit account")
		}
	})
}

var _ = register(program{Name: "fanin", Part: "unseen", Site: "fanin.result", run: fanIn,
	About: "sources started for each request write to one channel of the process; one collector stores results under their requests"})

func fanIn(e *env) {
	type result struct {
		ctx  context.Context
		done func()
	}
	results := make(chan result)
	go func() {
		for r := range results {
			_, s := rec.Start(r.ctx, "store result", rec.Client)
			e.work(5*time.Microsecond, 50*time.Microsecond)
			s.End()
			r.done()
		}
	}()
	e.arrive(110, 300*time.Microsecond, 3*time.Millisecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /collect", rec.Server)
		defer s.End()
		var open sync.WaitGroup
		for range 1 + e.intn(5) {
			ctx := rec.Pass(ctx, "go statement", "fanin.source")
			open.Add(1)
			go func() {
				ctx, s := rec.Start(ctx, "fetch source")
				e.io(30*time.Microsecond, 400*time.Microsecond)
				s.End()
				results <- result{rec.Pass(ctx, "unbuffered channel", "fanin.result"), open.Done}
			}()
		}
		if e.chance(.5) {
			open.Wait()
		} else {
			e.background.Add(1)
			go func() { open.Wait(); e.background.Done() }()
		}
	})
}

var _ = register(program{Name: "stream", Part: "unseen", Site: "stream.event", IDs: "log", run: stream,
	About: "long subscriptions: a feed goroutine for each reads events and hands them to a sender and an indexer of the subscription"})

func stream(e *env) {
	e.clients(5, 6, 500*time.Microsecond, 3*time.Millisecond, func(int, int) {
		ctx, s := rec.Start(rec.Background("request"), "GET /subscribe", rec.Server)
		send, index := make(chan context.Context), make(chan context.Context, 16)
		var open sync.WaitGroup
		open.Add(3)
		go func(ctx context.Context) {
			defer open.Done()
			for range 4 + e.intn(8) {
				e.io(50*time.Microsecond, 500*time.Microsecond)
				ctx, s := rec.Start(rec.Pass(ctx, "loop", "stream.event"), "receive event", rec.Consumer)
				e.work(2*time.Microsecond, 15*time.Microsecond)
				send <- rec.Pass(ctx, "unbuffered channel", "stream.send")
				index <- rec.Pass(ctx, "buffered channel", "stream.index")
				s.End()
			}
			close(send)
			close(index)
		}(rec.Pass(ctx, "go statement", "stream.feed"))
		go func() {
			defer open.Done()
			for ctx := range send {
				_, s := rec.Start(ctx, "send event", rec.Producer)
				e.io(20*time.Microsecond, 150*time.Microsecond)
				s.End()
			}
		}()
		go func() {
			defer open.Done()
			for ctx := range index {
				_, s := rec.Start(ctx, "index event")
				e.work(10*time.Microsecond, 100*time.Microsecond)
				s.End()
			}
		}()
		open.Wait()
		s.End()
	})
}

var _ = register(program{Name: "promise", Part: "unseen", Site: "promise.then", run: promise,
	About: "futures: goroutines are started first and wait for what they need; continuations run where the value is set"})

type future struct {
	lock sync.Mutex
	done chan struct{}
	then []func()
}

func newFuture() *future { return &future{done: make(chan struct{})} }

func (f *future) set() {
	f.lock.Lock()
	then := f.then
	f.then = nil
	close(f.done)
	f.lock.Unlock()
	for _, step := range then {
		step()
	}
}

func (f *future) after(step func()) {
	f.lock.Lock()
	select {
	case <-f.done:
		f.lock.Unlock()
		step()
		return
	default:
	}
	f.then = append(f.then, step)
	f.lock.Unlock()
}

func promise(e *env) {
	e.arrive(110, 300*time.Microsecond, 3*time.Millisecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "GET /quote", rec.Server)
		defer s.End()
		price, stock, quote := newFuture(), newFuture(), newFuture()
		start := func(ctx context.Context, name string, own *future, needs ...*future) {
			go func() {
				for _, need := range needs {
					<-need.done
				}
				_, s := rec.Start(ctx, name)
				e.io(20*time.Microsecond, 300*time.Microsecond)
				s.End()
				own.set()
			}()
		}
		start(rec.Pass(ctx, "go statement", "promise.quote"), "make quote", quote, price, stock)
		start(rec.Pass(ctx, "go statement", "promise.price"), "load price", price)
		start(rec.Pass(ctx, "go statement", "promise.stock"), "load stock", stock)
		note := rec.Pass(ctx, "continuation", "promise.then")
		price.after(func() {
			_, s := rec.Start(note, "note price")
			e.work(5*time.Microsecond, 30*time.Microsecond)
			s.End()
		})
		<-quote.done
	})
}

var _ = register(program{Name: "reuse", Part: "unseen", Site: "reuse.submit", run: reuse,
	About: "a pool that starts workers when it is busy and lets them go when they idle; callers wait or do not; work submits work"})

func reuse(e *env) {
	type task struct {
		ctx  context.Context
		deep bool
		done func()
	}
	queue := make(chan task)
	var submit func(t task)
	worker := func(t task) {
		for {
			ctx, s := rec.Start(t.ctx, "execute task")
			e.io(10*time.Microsecond, 200*time.Microsecond)
			if t.deep {
				e.background.Add(1)
				next := task{rec.Pass(ctx, "pool", "reuse.again"), false, e.background.Done}
				go submit(next)
			}
			s.End()
			t.done()
			select {
			case t = <-queue:
			case <-time.After(400 * time.Microsecond):
				return
			}
		}
	}
	submit = func(t task) {
		select {
		case queue <- t:
		default:
			go worker(t)
		}
	}
	e.arrive(150, 200*time.Microsecond, 2*time.Millisecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /task", rec.Server)
		defer s.End()
		var open sync.WaitGroup
		for range 1 + e.intn(3) {
			open.Add(1)
			submit(task{rec.Pass(ctx, "pool", "reuse.submit"), e.chance(.3), open.Done})
		}
		if e.chance(.6) {
			open.Wait()
		} else {
			e.background.Add(1)
			go func() { open.Wait(); e.background.Done() }()
		}
		if e.chance(.2) {
			audit(e, "audit task")
		}
	})
}

var _ = register(program{Name: "relay", Part: "unseen", Site: "relay.forward", Roles: []string{"sensor", "broker", "store"}, Offsets: []int{0, 1900, -3300}, run: relay,
	About: "three hosts in a row: events go to a broker, which forwards them from a queue of its own; answers come back"})

func relay(e *env) {
	switch e.role {
	case "store":
		e.serveFrames(func(c *connection, f frame) {
			go func() {
				ctx, s := rec.Start(rec.Extract(f.Headers), "store event", rec.Server)
				query(e, ctx, "relay.row", "insert event")
				s.End()
				c.write(frame{ID: f.ID, Reply: true})
			}()
		})
	case "broker":
		type event struct{ ctx context.Context }
		store := newConnection(e.dial("store"), nil)
		queue := make(chan event, 64)
		for range 2 {
			go func() {
				for ev := range queue {
					ctx, s := rec.Start(ev.ctx, "forward event", rec.Producer)
					e.rpc(ctx, store, "store", "relay.forward")
					s.End()
				}
			}()
		}
		e.serveFrames(func(c *connection, f frame) {
			ctx, s := rec.Start(rec.Extract(f.Headers), "accept event", rec.Server)
			queue <- event{rec.Pass(ctx, "buffered channel", "relay.queue")}
			s.End()
			c.write(frame{ID: f.ID, Reply: true})
		})
	default:
		broker := newConnection(e.dial("broker"), nil)
		e.arrive(130, 400*time.Microsecond, 3*time.Millisecond, func(int) {
			ctx, s := rec.Start(rec.Background("request"), "read sensor")
			defer s.End()
			e.work(5*time.Microsecond, 40*time.Microsecond)
			e.rpc(ctx, broker, "publish", "relay.publish")
		})
		time.Sleep(60 * time.Millisecond)
	}
}
