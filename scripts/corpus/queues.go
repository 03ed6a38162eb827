package main

import (
	"context"
	"sync"
	"time"

	"corpus/rec"
)

var _ = register(program{Name: "condqueue", Part: "tune", Site: "condqueue.render", run: condqueue,
	About: "a list under a mutex with a sync.Cond; Signal for one item, Broadcast for many"})

func condqueue(e *env) {
	var lock sync.Mutex
	wake := sync.NewCond(&lock)
	var list []job
	for range 5 {
		go func() {
			for {
				lock.Lock()
				for len(list) == 0 {
					wake.Wait()
				}
				j := list[0]
				list = list[1:]
				lock.Unlock()
				ctx, s := rec.Start(j.ctx, "render report")
				e.work(20*time.Microsecond, 120*time.Microsecond)
				query(e, ctx, "condqueue.query", "select rows")
				s.End()
				j.done()
			}
		}()
	}
	e.arrive(130, 300*time.Microsecond, 2500*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "GET /report", rec.Server)
		defer s.End()
		var open sync.WaitGroup
		count := 1 + e.intn(4)
		open.Add(count)
		lock.Lock()
		for range count {
			list = append(list, job{rec.Pass(ctx, "cond queue", "condqueue.render"), open.Done})
		}
		lock.Unlock()
		if count == 1 {
			wake.Signal()
		} else {
			wake.Broadcast()
		}
		e.work(10*time.Microsecond, 60*time.Microsecond)
		if e.chance(.7) {
			open.Wait()
		} else { // the client gave up
			e.background.Add(1)
			go func() { open.Wait(); e.background.Done() }()
		}
		if e.chance(.3) {
			audit(e, "audit report")
		}
	})
}

var _ = register(program{Name: "mailbox", Part: "unseen", Site: "mailbox.tell", run: mailbox,
	About: "actors whose mailbox is a list under a mutex and a wake-up channel of capacity one; they tell each other"})

type actor struct {
	lock sync.Mutex
	mail []job
	wake chan struct{}
}

func (a *actor) tell(ctx context.Context, done func()) {
	a.lock.Lock()
	a.mail = append(a.mail, job{ctx, done})
	a.lock.Unlock()
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

func (a *actor) run(handle func(job)) {
	for range a.wake {
		for {
			a.lock.Lock()
			mail := a.mail
			a.mail = nil
			a.lock.Unlock()
			if len(mail) == 0 {
				break
			}
			for _, j := range mail {
				handle(j)
			}
		}
	}
}

func mailbox(e *env) {
	actors := make([]*actor, 6)
	for i := range actors {
		actors[i] = &actor{wake: make(chan struct{}, 1)}
	}
	for i, a := range actors {
		go a.run(func(j job) {
			ctx, s := rec.Start(j.ctx, "apply command")
			e.work(10*time.Microsecond, 90*time.Microsecond)
			if e.chance(.4) {
				e.background.Add(1)
				actors[(i+1+e.intn(5))%6].tell(rec.Pass(ctx, "mailbox", "mailbox.forward"), e.background.Done)
			}
			if e.chance(.5) {
				e.io(50*time.Microsecond, 400*time.Microsecond)
			}
			s.End()
			j.done()
		})
	}
	e.arrive(170, 200*time.Microsecond, 1500*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /command", rec.Server)
		defer s.End()
		for range 1 + e.intn(4) {
			e.background.Add(1)
			actors[e.intn(6)].tell(rec.Pass(ctx, "mailbox", "mailbox.tell"), e.background.Done)
			e.work(2*time.Microsecond, 30*time.Microsecond)
		}
		if e.chance(.3) {
			audit(e, "audit command")
		}
	})
}

var _ = register(program{Name: "pipeline", Part: "tune", Site: "pipeline.enrich", run: pipeline,
	About: "stages behind unbuffered channels, spans under the request"})

func pipeline(e *env) {
	type item struct {
		ctx  context.Context
		done func()
	}
	parsed, enriched, stored := make(chan item), make(chan item), make(chan item)
	stage := func(name, site string, workers int, in, out chan item, low, high time.Duration) {
		for range workers {
			go func() {
				for i := range in {
					_, s := rec.Start(i.ctx, name)
					e.work(5*time.Microsecond, 60*time.Microsecond)
					e.io(low, high)
					s.End()
					if out == nil {
						i.done()
						continue
					}
					out <- item{rec.Pass(i.ctx, "unbuffered channel", site), i.done}
				}
			}()
		}
	}
	stage("parse line", "pipeline.enrich", 2, parsed, enriched, 20*time.Microsecond, 200*time.Microsecond)
	stage("enrich line", "pipeline.store", 3, enriched, stored, 50*time.Microsecond, 500*time.Microsecond)
	stage("store line", "", 2, stored, nil, 30*time.Microsecond, 300*time.Microsecond)
	e.arrive(120, 400*time.Microsecond, 2500*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /lines", rec.Server)
		defer s.End()
		var open sync.WaitGroup
		for range 1 + e.intn(4) {
			open.Add(1)
			parsed <- item{rec.Pass(ctx, "unbuffered channel", "pipeline.parse"), open.Done}
		}
		if e.chance(.25) {
			audit(e, "audit lines")
		}
		open.Wait()
	})
}

var _ = register(program{Name: "pipelinebuf", Part: "unseen", Site: "pipelinebuf.transform", run: pipelineBuffered,
	About: "buffered stages with several workers each, a stage's span is the parent of the next one's, then put in order"})

func pipelineBuffered(e *env) {
	type item struct {
		ctx   context.Context
		done  func()
		index int
	}
	raw, decoded, transformed := make(chan item, 32), make(chan item, 32), make(chan item, 32)
	stage := func(name, site string, workers int, in, out chan item) {
		for range workers {
			go func() {
				for i := range in {
					ctx, s := rec.Start(i.ctx, name)
					e.work(10*time.Microsecond, 80*time.Microsecond)
					if e.chance(.5) {
						e.io(40*time.Microsecond, 500*time.Microsecond)
					}
					out <- item{rec.Pass(ctx, "buffered stage", site), i.done, i.index}
					s.End()
				}
			}()
		}
	}
	stage("decode record", "pipelinebuf.transform", 2, raw, decoded)
	stage("transform record", "pipelinebuf.write", 3, decoded, transformed)
	go func() { // fan-in: one goroutine writes in order
		waiting, next := map[int]item{}, 0
		for i := range transformed {
			waiting[i.index] = i
			for {
				i, ok := waiting[next]
				if !ok {
					break
				}
				delete(waiting, next)
				next++
				_, s := rec.Start(i.ctx, "write record")
				e.work(5*time.Microsecond, 40*time.Microsecond)
				s.End()
				i.done()
			}
		}
	}()
	var lock sync.Mutex
	index := 0
	e.arrive(150, 400*time.Microsecond, 2500*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /records", rec.Server)
		defer s.End()
		var open sync.WaitGroup
		for range 1 + e.intn(5) {
			open.Add(1)
			lock.Lock()
			raw <- item{rec.Pass(ctx, "buffered stage", "pipelinebuf.decode"), open.Done, index}
			index++
			lock.Unlock()
		}
		open.Wait()
		if e.chance(.2) {
			audit(e, "audit records")
		}
	})
}

var _ = register(program{Name: "ratelimit", Part: "unseen", Site: "ratelimit.spawn", run: rateLimit,
	About: "a dispatcher releases queued calls at a rate: it starts a goroutine for some and wakes the callers of others"})

func rateLimit(e *env) {
	type waiting struct {
		ctx   context.Context
		ready chan struct{}
		done  func()
	}
	var lock sync.Mutex
	var queue []waiting
	stop := every(e, 500*time.Microsecond, func() {
		for range 2 {
			lock.Lock()
			if len(queue) == 0 {
				lock.Unlock()
				return
			}
			w := queue[0]
			queue = queue[1:]
			lock.Unlock()
			if w.ready != nil {
				close(w.ready)
				continue
			}
			go func() {
				_, s := rec.Start(w.ctx, "call partner", rec.Client)
				e.io(100*time.Microsecond, 900*time.Microsecond)
				s.End()
				w.done()
			}()
		}
	})
	report := every(e, 7*time.Millisecond, func() { // a job of its own: a true root
		_, s := rec.Start(rec.Background("cron"), "report queue length")
		e.work(5*time.Microsecond, 30*time.Microsecond)
		s.End()
	})
	e.arrive(230, 250*time.Microsecond, 1600*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /order", rec.Server)
		defer s.End()
		e.work(10*time.Microsecond, 50*time.Microsecond)
		if e.chance(.5) {
			e.background.Add(1)
			lock.Lock()
			queue = append(queue, waiting{rec.Pass(ctx, "dispatcher", "ratelimit.spawn"), nil, e.background.Done})
			lock.Unlock()
		}
		ready := make(chan struct{})
		lock.Lock()
		queue = append(queue, waiting{ready: ready})
		lock.Unlock()
		<-ready
		_, call := rec.Start(rec.Pass(ctx, "call", "ratelimit.call"), "charge card", rec.Client)
		e.io(100*time.Microsecond, 600*time.Microsecond)
		call.End()
	})
	time.Sleep(20 * time.Millisecond)
	stop()
	report()
}
