package rasatest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

func (s *Server) redirect(w http.ResponseWriter, r *http.Request, fault Fault) {
	switch fault {
	case RedirectAway:
		http.Redirect(w, r, s.Elsewhere+"/webhooks/rest/webhook", http.StatusTemporaryRedirect)
	case RedirectGet:
		http.Redirect(w, r, "/moved", http.StatusFound)
	default:
		http.Redirect(w, r, "/moved", http.StatusTemporaryRedirect)
	}
}

func (s *Server) fail(w http.ResponseWriter, r *http.Request, fault Fault) {
	switch fault {
	case Slow:
		select {
		case <-r.Context().Done():
		case <-s.closed:
		}
	case Failing:
		writeJSON(w, http.StatusInternalServerError, map[string]any{"description": "Internal Server Error", "status": 500, "message": "The server encountered an internal error and cannot complete your request."})
	case Garbage:
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html><body>It works!</body></html>")
	case WrongShape:
		writeJSON(w, http.StatusOK, map[string]any{"version": "3.6.20", "status": "failure", "reason": "Conflict"})
	case Huge:
		w.Header().Set("Content-Type", "application/json")
		_, err := io.WriteString(w, `[{"recipient_id":"x","text":"`)
		for err == nil {
			_, err = io.WriteString(w, strings.Repeat("a", 32<<10))
		}
	case HalfClosed, Hangup:
		s.cutOff(w, fault)
	}
}

// cutOff closes the connection in the middle of an answer, or before it.
func (s *Server) cutOff(w http.ResponseWriter, fault Fault) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err) // a test server can always be hijacked
	}
	defer func() { _ = conn.Close() }()
	if fault == HalfClosed {
		_, _ = fmt.Fprint(buffered, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n[{\"recipient_id\":\"x\",\"text\":\"I was about to")
		_ = buffered.Flush()
	}
}
