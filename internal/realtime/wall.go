package realtime

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/centrifugal/centrifuge"

	"seax/api/spec"
)

// wallSocket is the kind of socket that screens on the wall have.
const wallSocket = "wallboard"

// wall is a wallboard that screens connected to this process show, and how many do.
type wall struct {
	board   spec.Wallboard
	screens int
}

type remoteAddress struct{}

// WallHandler serves screens on the wall. Each is subscribed to what its token shows, and may subscribe to nothing else.
func (h *Hub) WallHandler() http.Handler {
	socket := h.handler(wallSocket, h.deps.CheckOrigin, func(*http.Request) (*centrifuge.Credentials, error) { return nil, nil })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			host = r.RemoteAddr
		}
		socket.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), remoteAddress{}, host)))
	})
}

func (h *Hub) connectingWall(ctx context.Context, token string) (centrifuge.ConnectReply, error) {
	remote, _ := ctx.Value(remoteAddress{}).(string)
	board, err := h.deps.Wallboard(ctx, remote, token)
	if err != nil {
		return centrifuge.ConnectReply{}, h.refusal(err)
	}
	info, err := json.Marshal(wallInfo{&board})
	if err != nil {
		return centrifuge.ConnectReply{}, fmt.Errorf("describe wallboard %s: %w", board.Id, err)
	}
	credentials := &centrifuge.Credentials{UserID: board.Id.String(), Info: info}
	if board.ExpiresAt != nil {
		credentials.ExpireAt = board.ExpiresAt.Add(time.Second - 1).Unix() // rounded up: not dark before its time
	}
	return centrifuge.ConnectReply{Credentials: credentials, Subscriptions: map[string]centrifuge.SubscribeOptions{WallboardChannel(board.Id): {}}}, nil
}

// wallInfo is what is known of a screen's socket.
type wallInfo struct {
	Wallboard *spec.Wallboard `json:"wallboard"`
}

func wallOf(client *centrifuge.Client) (spec.Wallboard, bool) {
	var info wallInfo
	if err := json.Unmarshal(client.Info(), &info); err != nil || info.Wallboard == nil {
		return spec.Wallboard{}, false
	}
	return *info.Wallboard, true
}

func (h *Hub) countScreens(board spec.Wallboard, by int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	known, ok := h.walls[board.Id]
	if !ok {
		known = &wall{board: board}
		h.walls[board.Id] = known
	}
	if known.screens += by; known.screens <= 0 {
		delete(h.walls, board.Id)
	}
}

// boards are the wallboards that somebody looks at.
func (h *Hub) boards() []spec.Wallboard {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []spec.Wallboard
	for _, w := range h.walls {
		all = append(all, w.board)
	}
	return all
}
