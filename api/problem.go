package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"seax/api/spec"
	"seax/internal/auth"
	"seax/internal/blob"
	"seax/internal/conversation"
	"seax/internal/directory"
	"seax/internal/dispatch"
	"seax/internal/identity"
	"seax/internal/plan"
	"seax/internal/reports"
	"seax/internal/setup"
	"seax/internal/store"
	"seax/internal/views"
	"seax/internal/wallboard"
)

// Problem is an error that says itself what a caller is told.
type Problem struct{ spec.Problem }

func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

func problem(status int, code, detail string, args ...any) *Problem {
	if len(args) > 0 {
		detail = fmt.Sprintf(detail, args...)
	}
	return &Problem{spec.Problem{Title: http.StatusText(status), Status: status, Code: code, Detail: detail}}
}

// invalid says what is wrong with one field.
func invalid(field, detail string, args ...any) *Problem {
	if len(args) > 0 {
		detail = fmt.Sprintf(detail, args...)
	}
	p := problem(http.StatusBadRequest, "invalid", "%s", detail)
	p.Fields = &map[string]string{field: detail}
	return p
}

// invalidFile says everything that is wrong with a routing file.
func invalidFile(problems setup.Problems) *Problem {
	p := problem(http.StatusBadRequest, "invalid", "Nothing was changed: %d things are wrong with the file.", len(problems))
	if len(problems) == 1 {
		p.Detail = "Nothing was changed: something is wrong with the file."
	}
	all := problems.ForAPI()
	p.Problems = &all
	return p
}

// invalidEntry says what is wrong with a plan, a queue or a person, at each place.
func invalidEntry(problems plan.Problems) *Problem {
	if only := problems[0]; len(problems) == 1 && !strings.ContainsAny(only.At, ".[") {
		return invalid(only.At, "%s", asSentence(only.Words))
	}
	words, _, _ := strings.Cut(problems[0].Words, "\n")
	p := problem(http.StatusBadRequest, "invalid", "At %s: %s.", problems[0].At, strings.TrimSuffix(words, "."))
	fields := make(map[string]string, len(problems))
	for _, one := range problems {
		fields[one.At] = one.Words
	}
	p.Fields = &fields
	return p
}

// unreadable says which value of a body could not be read.
func unreadable(err error) *Problem {
	var typed *json.UnmarshalTypeError
	if errors.As(err, &typed) && typed.Field != "" {
		return invalid(typed.Field, "The value of %s cannot be read: it is no number, or too large a one.", typed.Field)
	}
	var date *time.ParseError
	if errors.As(err, &date) {
		return invalid("body", "There is no such date or time as %s.", strings.Trim(date.Value, `"`))
	}
	return invalid("body", "A value in the request's body cannot be read.")
}

// named is how the generated code says which parameter it could not read.
var named = regexp.MustCompile(`parameter ([\w-]+):`)

// unreadableParameter says which parameter could not be read.
func unreadableParameter(err error) *Problem {
	name := "parameters"
	if found := named.FindStringSubmatch(err.Error()); found != nil {
		name = found[1]
	}
	var date *time.ParseError
	if errors.As(err, &date) {
		return invalid(name, "There is no such date or time as %s.", strings.Trim(date.Value, `"`))
	}
	return invalid(name, "A parameter of the request cannot be read.")
}

// explain is the one place where errors of the domain become answers. What it does not know is an internal error: the caller
// gets the request's id, the log gets the rest.
func explain(err error) *Problem {
	var ready *Problem
	var gone *dispatch.GoneError
	var open *dispatch.OpenError
	var throttled *auth.ThrottledError
	var conflict *directory.ConflictError
	var wrong *directory.InvalidError
	var wrongQuery *reports.InvalidError
	var wrongBoard *wallboard.InvalidError
	var problems plan.Problems
	var file setup.Problems
	var stale *setup.StaleError
	switch {
	case errors.As(err, &ready):
		return ready
	case errors.As(err, &gone):
		return goneProblem(gone)
	case errors.As(err, &open):
		return openProblem(open)
	case errors.As(err, &throttled):
		seconds := int(math.Ceil(throttled.RetryAfter.Seconds()))
		p := problem(http.StatusTooManyRequests, "throttled", "Too many attempts. Try again in %d seconds.", seconds)
		p.RetryAfter = &seconds
		return p
	case errors.As(err, &conflict):
		return problem(http.StatusConflict, "conflict", "%s", conflict.Words)
	case errors.As(err, &file):
		return invalidFile(file)
	case errors.As(err, &stale):
		return problem(http.StatusConflict, "stale_version", "%s", stale.Words)
	case errors.As(err, &problems):
		return invalidEntry(problems)
	case errors.As(err, &wrong):
		return invalid(wrong.Field, "%s", asSentence(wrong.Words))
	case errors.As(err, &wrongQuery):
		return invalid(wrongQuery.Field, "%s", wrongQuery.Words)
	case errors.As(err, &wrongBoard):
		return invalid(wrongBoard.Field, "%s", wrongBoard.Words)
	case errors.Is(err, wallboard.ErrUnknown):
		return problem(http.StatusNotFound, "not_found", "This wallboard does not exist, or is not shown any more. Ask a supervisor for a new link.")
	case errors.Is(err, auth.ErrWrong):
		return problem(http.StatusUnauthorized, "unauthorized", "Email or password is wrong.")
	case errors.Is(err, auth.ErrUnauthenticated):
		return problem(http.StatusUnauthorized, "unauthorized", "Sign in to go on.")
	case errors.Is(err, conversation.ErrNotFound):
		return problem(http.StatusNotFound, "not_found", "There is no such conversation, or it is not one you may see.")
	case errors.Is(err, dispatch.ErrNoReservation):
		return problem(http.StatusNotFound, "not_found", "There is no such offer for you.")
	case errors.Is(err, identity.ErrNotFound), errors.Is(err, directory.ErrNotFound), errors.Is(err, wallboard.ErrNotFound):
		return problem(http.StatusNotFound, "not_found", "There is no such entry (any more).")
	case errors.Is(err, conversation.ErrNotOwner), errors.Is(err, dispatch.ErrNotOwner):
		return problem(http.StatusForbidden, "not_owner", "Only the owner of the conversation may do this.")
	default:
		return explainState(err)
	}
}

func openProblem(open *dispatch.OpenError) *Problem {
	detail := "There is an open conversation with this customer on this channel. Go on there."
	if open.Agent != "" {
		detail = "There is an open conversation with this customer on this channel, and " + open.Agent + " has it."
	}
	p := problem(http.StatusConflict, "already_open", "%s", detail)
	p.ConversationId, p.TakenBy = &open.ID, optional(open.Agent)
	return p
}

func goneProblem(gone *dispatch.GoneError) *Problem {
	detail := map[string]string{
		"timed_out": "The time to answer this offer is over.",
		"rejected":  "You have rejected this offer.",
		"rescinded": "The offer was taken back.",
		"canceled":  "The offer was withdrawn: the customer left, or the conversation went elsewhere.",
		"completed": "This offer was accepted and is over.",
		"accepted":  "This offer was accepted.",
		"wrapping":  "This offer was accepted.",
	}[gone.State]
	if gone.TakenBy != "" {
		detail += " " + gone.TakenBy + " has the conversation now."
	}
	p := problem(http.StatusConflict, "offer_gone", "%s", strings.TrimSpace(detail))
	p.State, p.TakenBy = &gone.State, optional(gone.TakenBy)
	return p
}

func explainState(err error) *Problem {
	var size *http.MaxBytesError
	switch {
	case errors.Is(err, directory.ErrStale):
		return problem(http.StatusConflict, "stale_version", "Somebody else has changed this meanwhile. Load it again, then make your change.")
	case errors.Is(err, dispatch.ErrCapacity):
		return problem(http.StatusConflict, "capacity", "Your capacity is used up. Finish or park a conversation first.")
	case errors.Is(err, dispatch.ErrPhase):
		return problem(http.StatusConflict, "conflict", "%s", sentence(err, dispatch.ErrPhase))
	case errors.Is(err, dispatch.ErrUnknown):
		return problem(http.StatusConflict, "conflict", "%s", asSentence(strings.TrimPrefix(sentence(err, dispatch.ErrUnknown), "Unknown: ")))
	case errors.Is(err, identity.ErrTaken):
		return problem(http.StatusConflict, "conflict", "%s", sentence(err, identity.ErrTaken))
	case errors.Is(err, identity.ErrMerged):
		return problem(http.StatusConflict, "conflict", "%s", sentence(err, identity.ErrMerged))
	case errors.Is(err, conversation.ErrReused):
		return problem(http.StatusConflict, "conflict", "This id is already used for something else; make a new one.")
	case errors.Is(err, identity.ErrOptedOut):
		return problem(http.StatusConflict, "opted_out", "%s", asSentence(identity.ErrOptedOut.Error()))
	case errors.Is(err, conversation.ErrUnchangeable):
		return problem(http.StatusConflict, "unchangeable", "%s", sentence(err, conversation.ErrUnchangeable))
	case errors.Is(err, conversation.ErrNotUnconfirmed):
		return problem(http.StatusConflict, "conflict", "It is known already what became of the message.")
	case errors.Is(err, conversation.ErrNotFailed):
		return problem(http.StatusConflict, "conflict", "The message has not failed, so it is not sent again.")
	case errors.Is(err, identity.ErrInvalid):
		return invalid("address", "This is not a valid email address or phone number.")
	case errors.Is(err, views.ErrCursor):
		return invalid("cursor", "The cursor is not one this server made. Start from the first page.")
	case errors.Is(err, blob.ErrTooLarge), errors.As(err, &size):
		return problem(http.StatusRequestEntityTooLarge, "too_large", "This is larger than what is accepted here.")
	case errors.Is(err, blob.ErrType):
		return problem(http.StatusUnsupportedMediaType, "unsupported_file", "Files of this kind cannot be attached.")
	case errors.Is(err, blob.ErrNotFound):
		return problem(http.StatusNotFound, "not_found", "There is no such file.")
	case store.Unavailable(err):
		return problem(http.StatusServiceUnavailable, "unavailable", "The database cannot be reached right now. Try again in a moment.")
	default:
		return nil
	}
}

// fail answers with a problem and ends the request. That a caller has gone away is nobody's failure.
func fail(c *gin.Context, logger *slog.Logger, err error) {
	p := explain(err)
	switch {
	case p != nil:
	case errors.Is(err, context.Canceled) && c.Request.Context().Err() != nil:
		p = problem(http.StatusServiceUnavailable, "unavailable", "The request was given up.")
	default:
		logger.Error("request failed", "request", requestID(c), "method", c.Request.Method, "route", c.FullPath(), "error", err)
		p = problem(http.StatusInternalServerError, "internal", "Something went wrong on our side. The request's id is %s.", requestID(c))
	}
	answer(c, p)
}

func answer(c *gin.Context, p *Problem) {
	c.Abort()
	if c.Writer.Written() {
		return
	}
	if p.RetryAfter != nil {
		c.Header("Retry-After", strconv.Itoa(*p.RetryAfter))
	}
	c.Header("Content-Type", "application/problem+json")
	c.Header("Cache-Control", "no-store")
	c.Status(p.Status)
	c.Writer.WriteHeaderNow()
	_ = encode(c.Writer, p.Problem)
}
