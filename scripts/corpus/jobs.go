package main

import (
	"context"
	"sync"
	"time"

	"corpus/rec"
)

var _ = register(program{Name: "importer", Part: "tune", Site: "importer.row", run: importer,
	About: "each import starts its own reader, parsers and writer behind buffered channels, and a ticker that tells of progress"})

func importer(e *env) {
	type row struct{ ctx context.Context }
	e.clients(4, 18, 500*time.Microsecond, 3*time.Millisecond, func(int, int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /import", rec.Server)
		defer s.End()
		rows, parsed := make(chan row, 8), make(chan row, 8)
		go func(ctx context.Context) {
			ctx, s := rec.Start(ctx, "read file")
			for range 3 + e.intn(8) {
				e.io(10*time.Microsecond, 60*time.Microsecond)
				rows <- row{rec.Pass(ctx, "buffered channel", "importer.row")}
			}
			s.End()
			close(rows)
		}(rec.Pass(ctx, "go statement", "importer.read"))
		var parsers sync.WaitGroup
		for range 3 {
			parsers.Add(1)
			go func() {
				defer parsers.Done()
				for r := range rows {
					ctx, s := rec.Start(r.ctx, "parse row")
					e.work(5*time.Microsecond, 50*time.Microsecond)
					s.End()
					parsed <- row{rec.Pass(ctx, "buffered channel", "importer.parsed")}
				}
			}()
		}
		go func() { parsers.Wait(); close(parsed) }()
		stop := every(e, 700*time.Microsecond, func() {
			_, s := rec.Start(rec.Background("cron"), "report progress")
			e.work(2*time.Microsecond, 10*time.Microsecond)
			s.End()
		})
		for r := range parsed {
			_, s := rec.Start(r.ctx, "insert row", rec.Client)
			e.io(20*time.Microsecond, 150*time.Microsecond)
			s.End()
		}
		stop()
	})
}

var _ = register(program{Name: "chathub", Part: "unseen", Site: "chathub.push", run: chatHub,
	About: "a hub goroutine broadcasts to buffered outboxes, each with a pump that writes what has gathered"})

func chatHub(e *env) {
	type message struct{ ctx context.Context }
	in := make(chan message)
	boxes := make([]chan message, 5)
	var pumps sync.WaitGroup
	for i := range boxes {
		boxes[i] = make(chan message, 64)
		pumps.Add(1)
		go func() {
			defer pumps.Done()
			for m := range boxes[i] {
				for {
					_, s := rec.Start(m.ctx, "push message", rec.Producer)
					e.io(20*time.Microsecond, 200*time.Microsecond)
					s.End()
					select {
					case next, ok := <-boxes[i]:
						if !ok {
							return
						}
						m = next
						continue
					default:
					}
					break
				}
			}
		}()
	}
	go func() {
		for m := range in {
			ctx, s := rec.Start(m.ctx, "broadcast")
			for _, box := range boxes {
				if e.chance(.6) {
					box <- message{rec.Pass(ctx, "buffered channel", "chathub.push")}
				}
			}
			s.End()
		}
		for _, box := range boxes {
			close(box)
		}
	}()
	e.clients(6, 35, 300*time.Microsecond, 3*time.Millisecond, func(int, int) {
		ctx, s := rec.Start(rec.Background("message"), "receive message", rec.Server)
		e.work(5*time.Microsecond, 30*time.Microsecond)
		in <- message{rec.Pass(ctx, "unbuffered channel", "chathub.hub")}
		s.End()
	})
	close(in)
	pumps.Wait()
}

var _ = register(program{Name: "jobtable", Part: "unseen", Site: "jobtable.run", run: jobTable,
	About: "requests insert jobs into a table, a poller takes what is due at each tick and starts a goroutine for each; failures come again"})

func jobTable(e *env) {
	type row struct {
		ctx context.Context
		due time.Time
		try int
	}
	var lock sync.Mutex
	var table []row
	insert := func(r row) {
		lock.Lock()
		table = append(table, r)
		lock.Unlock()
	}
	slots := make(chan struct{}, 4)
	stop := every(e, 600*time.Microsecond, func() {
		ctx, s := rec.Start(rec.Background("cron"), "poll jobs")
		query(e, ctx, "jobtable.select", "select due jobs")
		lock.Lock()
		var due, later []row
		for _, r := range table {
			if time.Now().After(r.due) {
				due = append(due, r)
			} else {
				later = append(later, r)
			}
		}
		table = later
		lock.Unlock()
		for _, r := range due {
			slots <- struct{}{}
			go func() {
				ctx, s := rec.Start(r.ctx, "run job")
				e.io(50*time.Microsecond, 500*time.Microsecond)
				if r.try < 3 && e.chance(.2) {
					e.background.Add(1)
					insert(row{rec.Pass(ctx, "job table", "jobtable.retry"), time.Now().Add(time.Millisecond), r.try + 1})
				}
				s.End()
				<-slots
				e.background.Done()
			}()
		}
		s.End()
	})
	e.arrive(150, 200*time.Microsecond, 2500*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /job", rec.Server)
		defer s.End()
		e.background.Add(1)
		_, insertion := rec.Start(rec.Pass(ctx, "call", "jobtable.insert"), "insert job", rec.Client)
		e.io(20*time.Microsecond, 100*time.Microsecond)
		insert(row{rec.Pass(ctx, "job table", "jobtable.run"), time.Now(), 0})
		insertion.End()
	})
	for {
		lock.Lock()
		left := len(table)
		lock.Unlock()
		if left == 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	time.Sleep(4 * time.Millisecond)
	stop()
}

var _ = register(program{Name: "throttle", Part: "unseen", Site: "throttle.send", run: throttle,
	About: "mails behind one buffered channel; each waits for a token of a ticker, and failed ones come back through a timer"})

func throttle(e *env) {
	type mail struct {
		ctx context.Context
		try int
	}
	queue := make(chan mail, 256)
	tokens := make(chan struct{}, 4)
	stop := every(e, 150*time.Microsecond, func() {
		select {
		case tokens <- struct{}{}:
		default:
		}
	})
	for range 3 {
		go func() {
			for m := range queue {
				<-tokens
				ctx, s := rec.Start(m.ctx, "send mail", rec.Client)
				e.io(50*time.Microsecond, 300*time.Microsecond)
				if m.try < 2 && e.chance(.15) {
					again := mail{rec.Pass(ctx, "timer", "throttle.again"), m.try + 1}
					time.AfterFunc(800*time.Microsecond, func() { queue <- again })
					s.End()
					continue
				}
				s.End()
				e.background.Done()
			}
		}()
	}
	e.arrive(170, 200*time.Microsecond, 1500*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /invite", rec.Server)
		defer s.End()
		query(e, ctx, "throttle.user", "select user")
		for range 1 + e.intn(2) {
			e.background.Add(1)
			queue <- mail{rec.Pass(ctx, "buffered channel", "throttle.send"), 0}
		}
		if e.chance(.2) {
			audit(e, "audit invite")
		}
	})
	e.background.Add(1)
	go func() { time.Sleep(20 * time.Millisecond); stop(); e.background.Done() }()
}
