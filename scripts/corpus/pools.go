package main

import (
	"context"
	"sync"
	"time"

	"corpus/rec"
)

var _ = register(program{Name: "bufpool", Part: "tune", Site: "bufpool.job", run: bufpool,
	About: "five workers behind one buffered channel with many jobs in flight; requests wait for theirs"})

type job struct {
	ctx  context.Context
	done func()
}

func bufpool(e *env) {
	jobs := make(chan job, 64)
	for range 5 {
		go func() {
			for j := range jobs {
				resize(e, j.ctx)
				j.done()
			}
		}()
	}
	e.arrive(110, 200*time.Microsecond, 2*time.Millisecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /album", rec.Server)
		defer s.End()
		var open sync.WaitGroup
		for range 2 + e.intn(7) {
			open.Add(1)
			e.work(2*time.Microsecond, 20*time.Microsecond)
			jobs <- job{rec.Pass(ctx, "buffered channel", "bufpool.job"), open.Done}
		}
		if e.chance(.3) {
			audit(e, "audit album")
		}
		open.Wait()
		query(e, ctx, "bufpool.save", "insert album")
	})
}

func resize(e *env, ctx context.Context) {
	ctx, s := rec.Start(ctx, "resize image")
	defer s.End()
	e.work(20*time.Microsecond, 150*time.Microsecond)
	_, put := rec.Start(ctx, "store image", rec.Client)
	e.io(80*time.Microsecond, 800*time.Microsecond)
	put.End()
}

var _ = register(program{Name: "bufprio", Part: "unseen", Site: "bufprio.mail", IDs: "attribute", Batch: true, run: bufprio,
	About: "two buffered channels of different priority, fire and forget; the SDK's batch processor runs beside"})

func bufprio(e *env) {
	urgent, normal := make(chan job, 32), make(chan job, 128)
	for range 2 {
		go func() {
			for {
				select {
				case j := <-urgent:
					push(e, j.ctx)
					j.done()
					continue
				default:
				}
				select {
				case j := <-urgent:
					push(e, j.ctx)
					j.done()
				case j := <-normal:
					mail(e, j.ctx)
					j.done()
				}
			}
		}()
	}
	e.arrive(220, 150*time.Microsecond, 1500*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /notify", rec.Server)
		defer s.End()
		e.work(10*time.Microsecond, 80*time.Microsecond)
		for range 1 + e.intn(3) {
			e.background.Add(1)
			normal <- job{rec.Pass(ctx, "buffered channel", "bufprio.mail"), e.background.Done}
		}
		if e.chance(.5) {
			e.background.Add(1)
			urgent <- job{rec.Pass(ctx, "buffered channel", "bufprio.push"), e.background.Done}
		}
		if e.chance(.3) {
			audit(e, "audit notify")
		}
	})
}

func mail(e *env, ctx context.Context) {
	_, s := rec.Start(ctx, "send mail", rec.Client)
	e.io(100*time.Microsecond, 900*time.Microsecond)
	s.End()
}

func push(e *env, ctx context.Context) {
	_, s := rec.Start(ctx, "push message", rec.Client)
	e.io(50*time.Microsecond, 300*time.Microsecond)
	s.End()
}

var _ = register(program{Name: "syncpool", Part: "unseen", Site: "syncpool.serve", run: syncpool,
	About: "workers kept on a stack, each behind a channel of its own from a sync.Pool, as fasthttp does"})

type poolWorker struct{ jobs chan job }

type workerPool struct {
	lock  sync.Mutex
	idle  []*poolWorker
	spare sync.Pool
}

func (p *workerPool) serve(j job, handle func(context.Context)) {
	p.lock.Lock()
	var w *poolWorker
	if n := len(p.idle); n > 0 {
		w, p.idle = p.idle[n-1], p.idle[:n-1]
	}
	p.lock.Unlock()
	if w == nil {
		w = p.spare.Get().(*poolWorker)
		go p.loop(w, handle)
	}
	w.jobs <- j
}

func (p *workerPool) loop(w *poolWorker, handle func(context.Context)) {
	for served := 0; served < 12; served++ {
		j := <-w.jobs
		handle(j.ctx)
		j.done()
		if served < 11 {
			p.lock.Lock()
			p.idle = append(p.idle, w)
			p.lock.Unlock()
		}
	}
	p.spare.Put(w) // old workers end, their channel lives on
}

func syncpool(e *env) {
	p := &workerPool{spare: sync.Pool{New: func() any { return &poolWorker{make(chan job, 1)} }}}
	e.arrive(170, 200*time.Microsecond, 1800*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /rpc", rec.Server)
		defer s.End()
		var open sync.WaitGroup
		for range 1 + e.intn(4) {
			open.Add(1)
			p.serve(job{rec.Pass(ctx, "pooled worker", "syncpool.serve"), open.Done}, func(ctx context.Context) {
				ctx, s := rec.Start(ctx, "execute command")
				defer s.End()
				e.work(10*time.Microsecond, 100*time.Microsecond)
				query(e, ctx, "syncpool.query", "run statement")
			})
		}
		open.Wait()
		if e.chance(.25) {
			audit(e, "audit rpc")
		}
	})
}

var _ = register(program{Name: "stealing", Part: "unseen", Site: "stealing.task", run: stealing,
	About: "workers with a deque each, which steal from each other; a condition wakes those that sleep"})

type deques struct {
	lock  sync.Mutex
	wake  *sync.Cond
	tasks [][]job
}

func (d *deques) put(worker int, j job) {
	d.lock.Lock()
	d.tasks[worker] = append(d.tasks[worker], j)
	d.lock.Unlock()
	d.wake.Signal()
}

func (d *deques) take(worker int) job {
	d.lock.Lock()
	defer d.lock.Unlock()
	for {
		if own := d.tasks[worker]; len(own) > 0 { // its own: the newest
			d.tasks[worker] = own[:len(own)-1]
			return own[len(own)-1]
		}
		for i := range d.tasks { // another's: the oldest
			if other := d.tasks[i]; len(other) > 0 {
				d.tasks[i] = other[1:]
				return other[0]
			}
		}
		d.wake.Wait()
	}
}

func stealing(e *env) {
	const workers = 4
	d := &deques{tasks: make([][]job, workers)}
	d.wake = sync.NewCond(&d.lock)
	for worker := range workers {
		go func() {
			for {
				j := d.take(worker)
				ctx, s := rec.Start(j.ctx, "run task")
				e.work(10*time.Microsecond, 120*time.Microsecond)
				if e.chance(.25) { // a task may put another on its own worker's deque
					e.background.Add(1)
					d.put(worker, job{rec.Pass(ctx, "deque", "stealing.child"), e.background.Done})
				}
				e.io(50*time.Microsecond, 400*time.Microsecond)
				s.End()
				j.done()
			}
		}()
	}
	e.arrive(140, 300*time.Microsecond, 2*time.Millisecond, func(i int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /graph", rec.Server)
		defer s.End()
		var open sync.WaitGroup
		for k := range 1 + e.intn(5) {
			open.Add(1)
			d.put((i+k)%workers, job{rec.Pass(ctx, "deque", "stealing.task"), open.Done})
		}
		open.Wait()
		if e.chance(.3) {
			audit(e, "audit graph")
		}
	})
}
