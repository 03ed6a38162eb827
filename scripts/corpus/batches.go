package main

import (
	"context"
	"sync"
	"time"

	"corpus/rec"
)

// batcher collects items and flushes them when there are enough or when the ticker says so.
func batcher(e *env, in chan job, size int, period time.Duration, flush func([]job)) {
	go func() {
		ticker := time.NewTicker(period)
		var batch []job
		for {
			select {
			case j := <-in:
				if batch = append(batch, j); len(batch) < size {
					continue
				}
			case <-ticker.C:
			}
			if len(batch) > 0 {
				flush(batch)
				batch = nil
			}
		}
	}()
}

var _ = register(program{Name: "batcher", Part: "tune", Site: "batcher.item", run: batchFlush,
	About: "writes collected to a batch, flushed by size or ticker: the batch is a true root, the items belong to their callers"})

func batchFlush(e *env) {
	in := make(chan job)
	batcher(e, in, 6, 2*time.Millisecond, func(batch []job) {
		ctx, s := rec.Start(rec.Background("batch"), "flush batch", "items", len(batch))
		query(e, ctx, "batcher.commit", "begin")
		for _, j := range batch {
			_, s := rec.Start(j.ctx, "write row")
			e.work(5*time.Microsecond, 40*time.Microsecond)
			s.End()
			j.done()
		}
		s.End()
	})
	e.arrive(230, 150*time.Microsecond, 1200*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /event", rec.Server)
		defer s.End()
		var open sync.WaitGroup
		for range 1 + e.intn(3) {
			_, check := rec.Start(ctx, "validate")
			e.work(5*time.Microsecond, 50*time.Microsecond)
			check.End()
			open.Add(1)
			in <- job{rec.Pass(ctx, "batch item", "batcher.item"), open.Done}
		}
		if e.chance(.5) {
			open.Wait()
		} else {
			e.background.Add(1)
			go func() { open.Wait(); e.background.Done() }()
		}
	})
}

var _ = register(program{Name: "batchlinks", Part: "unseen", Site: "batchlinks.item", run: batchLinks,
	About: "a consumer span with links to the callers runs their items inside of itself, in goroutines; it is a true root"})

func batchLinks(e *env) {
	in := make(chan job, 64)
	batcher(e, in, 8, 3*time.Millisecond, func(batch []job) {
		var links []rec.Link
		for _, j := range batch {
			links = append(links, j.ctx.Value(linkKey{}).(rec.Link))
		}
		ctx, s := rec.Start(rec.Background("batch"), "process batch", rec.Consumer, links)
		var open sync.WaitGroup
		for _, j := range batch {
			open.Add(1)
			go func() {
				defer open.Done()
				ctx, s := rec.Start(j.ctx, "handle message")
				e.work(5*time.Microsecond, 50*time.Microsecond)
				query(e, ctx, "batchlinks.query", "upsert")
				s.End()
				j.done()
			}()
		}
		own := rec.Pass(ctx, "go statement", "batchlinks.heartbeat")
		open.Add(1)
		go func() { // the batch's own child
			defer open.Done()
			_, s := rec.Start(own, "extend lease")
			e.io(50*time.Microsecond, 200*time.Microsecond)
			s.End()
		}()
		open.Wait()
		s.End()
	})
	e.arrive(190, 150*time.Microsecond, 1500*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /message", rec.Server)
		defer s.End()
		for range 1 + e.intn(3) {
			ctx, send := rec.Start(ctx, "publish", rec.Producer)
			e.background.Add(1)
			ctx = context.WithValue(ctx, linkKey{}, send.Link())
			in <- job{rec.Pass(ctx, "batch item", "batchlinks.item"), e.background.Done}
			send.End()
		}
	})
	time.Sleep(8 * time.Millisecond)
}

type linkKey struct{}

var _ = register(program{Name: "singleflight", Part: "tune", Site: "singleflight.load", run: singleflight,
	About: "one goroutine loads for all who ask for the same key, and then decodes for each of them"})

type flight struct {
	waiters []job
}

func singleflight(e *env) {
	var lock sync.Mutex
	flights := map[int]*flight{}
	e.clients(10, 26, 50*time.Microsecond, 900*time.Microsecond, func(int, int) {
		ctx, s := rec.Start(rec.Background("request"), "GET /config", rec.Server)
		defer s.End()
		asked := e.intn(4)
		ready := make(chan struct{})
		me := job{rec.Pass(ctx, "single flight waiter", "singleflight.decode"), func() { close(ready) }}
		lock.Lock()
		if f := flights[asked]; f != nil {
			f.waiters = append(f.waiters, me)
			lock.Unlock()
		} else {
			f := &flight{waiters: []job{me}}
			flights[asked] = f
			lock.Unlock()
			leader := rec.Pass(ctx, "single flight", "singleflight.load")
			go func() {
				ctx, s := rec.Start(leader, "load config")
				query(e, ctx, "singleflight.query", "select config")
				e.io(100*time.Microsecond, 700*time.Microsecond)
				s.End()
				lock.Lock()
				delete(flights, asked)
				waiters := f.waiters
				lock.Unlock()
				for _, w := range waiters {
					_, s := rec.Start(w.ctx, "decode for waiter")
					e.work(5*time.Microsecond, 40*time.Microsecond)
					s.End()
					w.done()
				}
			}()
		}
		<-ready
		_, apply := rec.Start(rec.Pass(ctx, "call", "singleflight.apply"), "apply config")
		e.work(5*time.Microsecond, 40*time.Microsecond)
		apply.End()
		if e.chance(.2) {
			audit(e, "audit config")
		}
	})
}

var _ = register(program{Name: "pubsub", Part: "tune", Site: "pubsub.deliver", run: pubsub,
	About: "a broker goroutine fans each event out to buffered subscribers; long polls wake at the close of a channel"})

func pubsub(e *env) {
	publish := make(chan context.Context, 8)
	subscribers := make([]chan job, 4)
	for i := range subscribers {
		subscribers[i] = make(chan job, 16)
		go func() {
			for j := range subscribers[i] {
				_, s := rec.Start(j.ctx, "on event", rec.Consumer, "subscriber", i)
				e.work(5*time.Microsecond, 60*time.Microsecond)
				if i%2 == 0 {
					e.io(50*time.Microsecond, 300*time.Microsecond)
				}
				s.End()
				j.done()
			}
		}()
	}
	var lock sync.Mutex
	changed := make(chan struct{})
	go func() { // the broker
		for ctx := range publish {
			_, s := rec.Start(ctx, "route event")
			for i, c := range subscribers {
				if i == 0 || e.chance(.6) {
					e.background.Add(1)
					c <- job{rec.Pass(ctx, "broadcast", "pubsub.deliver"), e.background.Done}
				}
			}
			s.End()
			lock.Lock()
			close(changed)
			changed = make(chan struct{})
			lock.Unlock()
			e.background.Done()
		}
	}()
	poll := func(_, _ int) {
		ctx, s := rec.Start(rec.Background("request"), "GET /poll", rec.Server)
		defer s.End()
		lock.Lock()
		wait := changed
		lock.Unlock()
		select {
		case <-wait:
		case <-time.After(4 * time.Millisecond):
		}
		_, read := rec.Start(rec.Pass(ctx, "call", "pubsub.read"), "read events")
		e.work(5*time.Microsecond, 30*time.Microsecond)
		read.End()
	}
	var polls sync.WaitGroup
	polls.Add(1)
	go func() {
		defer polls.Done()
		e.clients(3, 25, 100*time.Microsecond, 2*time.Millisecond, poll)
	}()
	e.arrive(150, 300*time.Microsecond, 2*time.Millisecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /publish", rec.Server)
		defer s.End()
		e.work(10*time.Microsecond, 60*time.Microsecond)
		e.background.Add(1)
		publish <- rec.Pass(ctx, "buffered channel", "pubsub.publish")
		if e.chance(.3) {
			audit(e, "audit publish")
		}
	})
	polls.Wait()
}
