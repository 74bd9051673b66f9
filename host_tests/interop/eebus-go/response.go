package main

import (
	"fmt"
	"time"

	ucapi "github.com/enbility/eebus-go/usecases/api"
	spineapi "github.com/enbility/spine-go/api"
	"github.com/enbility/spine-go/model"
)

// responseTimeout is the longest that SPINE lets a peer take for a reply or a result (5.3.2).
const responseTimeout = 10 * time.Second

// responder is a client feature that reports the answer to one of its messages.
type responder interface {
	AddResponseCallback(model.MsgCounterType, func(spineapi.ResponseMessage)) error
}

// awaitResponse waits for the reply or result to a message that was just sent with counter.
func awaitResponse(f responder, counter *model.MsgCounterType, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	answer := make(chan any, 1)
	err = f.AddResponseCallback(*counter, func(m spineapi.ResponseMessage) { answer <- m.Data })
	if err != nil {
		return nil, err
	}
	receiving.Unlock()
	defer receiving.Lock()
	select {
	case data := <-answer:
		return data, nil
	case <-time.After(responseTimeout):
		return nil, fmt.Errorf("no answer within %s", responseTimeout)
	}
}

// awaitData asks the peer for a function again, so that what is read afterwards is what it has
// now. A result instead of a reply is an error.
func awaitData(f responder, counter *model.MsgCounterType, err error) error {
	data, err := awaitResponse(f, counter, err)
	if err != nil {
		return err
	}
	if result, ok := data.(*model.ResultDataType); ok {
		return fmt.Errorf("read answered with error %d %s", number(result), description(result))
	}
	return nil
}

// awaitResult gives what the peer thought of a write: errorNumber 0 is acceptance.
func awaitResult(f responder, counter *model.MsgCounterType, err error, since time.Time) (fields, error) {
	data, err := awaitResponse(f, counter, err)
	if err != nil {
		return nil, err
	}
	result, ok := data.(*model.ResultDataType)
	if !ok {
		return nil, fmt.Errorf("write answered with %T", data)
	}
	return resultFields(result, since), nil
}

// writeResult runs one of the library's writes that report their result to a callback.
func writeResult(write func(func(model.ResultDataType)) (*model.MsgCounterType, error)) (fields, error) {
	since := time.Now()
	answer := make(chan fields, 1)
	_, err := write(func(r model.ResultDataType) { answer <- resultFields(&r, since) })
	if err != nil {
		return nil, err
	}
	receiving.Unlock()
	defer receiving.Lock()
	select {
	case f := <-answer:
		return f, nil
	case <-time.After(responseTimeout):
		return nil, fmt.Errorf("no result within %s", responseTimeout)
	}
}

func resultFields(r *model.ResultDataType, since time.Time) fields {
	return fields{
		"error_number": number(r),
		"description":  description(r),
		"ms":           milliseconds(time.Since(since)),
	}
}

func number(r *model.ResultDataType) uint {
	if r.ErrorNumber == nil {
		return 0
	}
	return uint(*r.ErrorNumber)
}

func description(r *model.ResultDataType) string {
	if r.Description == nil {
		return ""
	}
	return string(*r.Description)
}

func limitFields(l ucapi.LoadLimit) fields {
	return fields{
		"w":          l.Value,
		"active":     l.IsActive,
		"changeable": l.IsChangeable,
		"duration_s": l.Duration.Seconds(),
	}
}
