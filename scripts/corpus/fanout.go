package main

import (
	"sync"
	"time"

	"corpus/rec"
)

var _ = register(program{Name: "errgroup", Part: "tune", Site: "errgroup.fetch", run: errgroup,
	About: "parts of a page fetched by an errgroup with a limit; a detached audit record"})

func errgroup(e *env) {
	e.arrive(110, 200*time.Microsecond, 2*time.Millisecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "GET /page", rec.Server)
		defer s.End()
		query(e, ctx, "errgroup.session", "load session")
		g := newGroup(3)
		for range 3 + e.intn(6) {
			part := rec.Pass(ctx, "errgroup", "errgroup.fetch")
			g.Go(func() error {
				ctx, s := rec.Start(part, "fetch part")
				defer s.End()
				e.work(10*time.Microsecond, 100*time.Microsecond)
				if e.chance(.6) {
					query(e, ctx, "errgroup.query", "select part")
				}
				e.io(80*time.Microsecond, 900*time.Microsecond)
				return nil
			})
		}
		_ = g.Wait()
		if e.chance(.4) {
			audit(e, "audit page")
		}
		_, render := rec.Start(ctx, "render")
		e.work(20*time.Microsecond, 150*time.Microsecond)
		render.End()
	})
}

var _ = register(program{Name: "semaphore", Part: "tune", Site: "semaphore.upload", IDs: "task", run: semaphore,
	About: "goroutines that wait for a token of a buffered channel before they work, shared by all requests"})

func semaphore(e *env) {
	tokens := make(chan struct{}, 4)
	e.arrive(90, 300*time.Microsecond, 3*time.Millisecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /upload", rec.Server)
		defer s.End()
		var chunks sync.WaitGroup
		for range 2 + e.intn(5) {
			ctx := rec.Pass(ctx, "go statement", "semaphore.upload")
			chunks.Add(1)
			go func() {
				defer chunks.Done()
				tokens <- struct{}{}
				defer func() { <-tokens }()
				ctx, s := rec.Start(ctx, "upload chunk")
				defer s.End()
				e.work(10*time.Microsecond, 80*time.Microsecond)
				_, put := rec.Start(rec.Pass(ctx, "call", "semaphore.put"), "put object", rec.Client)
				e.io(100*time.Microsecond, time.Millisecond)
				put.End()
			}()
		}
		chunks.Wait()
		// Thumbnails go on after the answer, still in the trace of the request.
		if e.chance(.5) {
			ctx := rec.Pass(ctx, "go statement", "semaphore.thumbnail")
			e.background.Add(1)
			go func() {
				defer e.background.Done()
				_, s := rec.Start(ctx, "thumbnail")
				e.io(200*time.Microsecond, 900*time.Microsecond)
				s.End()
			}()
		}
		if e.chance(.3) {
			audit(e, "audit upload")
		}
	})
}

var _ = register(program{Name: "hedge", Part: "unseen", Site: "hedge.attempt", run: hedge,
	About: "hedged reads: a second attempt after a delay, the first answer wins, the other is cancelled"})

func hedge(e *env) {
	e.arrive(160, 150*time.Microsecond, 1500*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "GET /key", rec.Server)
		defer s.End()
		answers, cancelled := make(chan int, 2), make(chan struct{})
		attempt := func(replica int) {
			ctx := rec.Pass(ctx, "go statement", "hedge.attempt")
			e.background.Add(1)
			go func() {
				defer e.background.Done()
				ctx, s := rec.Start(ctx, "read replica", rec.Client, "replica", replica)
				defer s.End()
				_, dial := rec.Start(ctx, "acquire connection")
				e.work(3*time.Microsecond, 30*time.Microsecond)
				dial.End()
				timer := time.NewTimer(e.between(200*time.Microsecond, 4*time.Millisecond))
				defer timer.Stop()
				select {
				case <-timer.C:
					answers <- replica
				case <-cancelled:
					_, s := rec.Start(rec.Pass(ctx, "call", "hedge.rollback"), "send cancel")
					e.work(2*time.Microsecond, 10*time.Microsecond)
					s.End()
				}
			}()
		}
		attempt(0)
		delay := time.NewTimer(1200 * time.Microsecond)
		defer delay.Stop()
	wait:
		for {
			select {
			case <-answers:
				break wait
			case <-delay.C:
				attempt(1)
			}
		}
		close(cancelled)
		_, decode := rec.Start(rec.Pass(ctx, "call", "hedge.decode"), "decode value")
		e.work(10*time.Microsecond, 60*time.Microsecond)
		decode.End()
		if e.chance(.3) {
			audit(e, "report latency")
		}
	})
}

var _ = register(program{Name: "parallelfor", Part: "unseen", Site: "parallelfor.chunk", run: parallelFor,
	About: "persistent helpers that share one loop of whoever calls: indices are claimed with an atomic counter"})

type loop struct {
	next, left int
	lock       sync.Mutex
	body       func()
	done       chan struct{}
}

func (l *loop) work() {
	for {
		l.lock.Lock()
		if l.next == 0 {
			l.lock.Unlock()
			return
		}
		l.next--
		l.lock.Unlock()
		l.body()
		l.lock.Lock()
		l.left--
		last := l.left == 0
		l.lock.Unlock()
		if last {
			close(l.done)
		}
	}
}

func parallelFor(e *env) {
	helpers := make(chan *loop) // unbuffered: only an idle helper takes a loop
	for range 5 {
		go func() {
			for l := range helpers {
				l.work()
			}
		}()
	}
	e.arrive(110, 300*time.Microsecond, 2500*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /convolve", rec.Server)
		defer s.End()
		n := 4 + e.intn(8)
		l := &loop{next: n, left: n, done: make(chan struct{})}
		l.body = func() {
			_, s := rec.Start(rec.Pass(ctx, "shared loop", "parallelfor.chunk"), "chunk")
			defer s.End()
			e.work(10*time.Microsecond, 120*time.Microsecond)
			if e.chance(.3) {
				e.io(50*time.Microsecond, 300*time.Microsecond)
			}
		}
	invite:
		for range 3 {
			select {
			case helpers <- l:
			default:
				break invite
			}
		}
		l.work()
		<-l.done
		if e.chance(.35) {
			audit(e, "count usage")
		}
	})
}
