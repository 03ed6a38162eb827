package rec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"time"
)

// Marks of the trace format, Go 1.25 and later ("go 1.25 trace", "go 1.26 trace").
const (
	eventBatch        = 1
	frequency         = 8
	experimentalBatch = 49
	syncEvent         = 50
	clockSnapshot     = 51
	endOfGeneration   = 52
	headerLength      = 16
)

var errTrace = errors.New("not an execution trace of Go 1.25 or later")

// shiftClock moves the wall clock that the trace states, as on a host whose clock is off. Only the
// sync batches know the wall clock; everything else is monotonic.
func shiftClock(in []byte, by time.Duration) ([]byte, error) {
	if len(in) < headerLength || !bytes.HasPrefix(in, []byte("go 1.2")) {
		return nil, errTrace
	}
	out := append([]byte(nil), in[:headerLength]...)
	for at := headerLength; at < len(in); {
		if in[at] == endOfGeneration {
			out, at = append(out, in[at]), at+1
			continue
		}
		start, fields := at, 4 // gen m time size
		at++
		if in[start] == experimentalBatch {
			at++
		} else if in[start] != eventBatch {
			return nil, errTrace
		}
		var size uint64
		sizeAt := at
		for range fields {
			value, n := binary.Uvarint(in[at:])
			if n <= 0 {
				return nil, errTrace
			}
			size, sizeAt, at = value, at, at+n
		}
		if size > uint64(len(in)-at) {
			return nil, errTrace
		}
		payload := in[at : at+int(size)]
		at += int(size)
		if in[start] != eventBatch || len(payload) == 0 || payload[0] != syncEvent {
			out = append(out, in[start:at]...)
			continue
		}
		shifted, err := shiftSync(payload, by)
		if err != nil {
			return nil, err
		}
		out = append(out, in[start:sizeAt]...)
		out = binary.AppendUvarint(out, uint64(len(shifted)))
		out = append(out, shifted...)
	}
	return out, nil
}

// shiftSync rewrites the ClockSnapshot entries (dt, mono, seconds, nanoseconds) of a sync batch.
func shiftSync(in []byte, by time.Duration) ([]byte, error) {
	var out []byte
	for at := 0; at < len(in); {
		event := in[at]
		out, at = append(out, event), at+1
		count := map[byte]int{syncEvent: 0, frequency: 1, clockSnapshot: 4}
		fields, known := count[event]
		if !known {
			return nil, errTrace
		}
		var values [4]uint64
		for i := range fields {
			value, n := binary.Uvarint(in[at:])
			if n <= 0 {
				return nil, errTrace
			}
			values[i], at = value, at+n
		}
		if event == clockSnapshot {
			wall := time.Unix(int64(values[2]), int64(values[3])).Add(by)
			values[2], values[3] = uint64(wall.Unix()), uint64(wall.Nanosecond())
		}
		for _, value := range values[:fields] {
			out = binary.AppendUvarint(out, value)
		}
	}
	return out, nil
}
