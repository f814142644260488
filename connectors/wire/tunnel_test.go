package wire_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"seax/connectors/wire"
)

func TestATunnelLeadsToTheOneThatWasMeant(t *testing.T) {
	t.Parallel()
	at, err := url.Parse(serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != "mail.example:587" {
			http.Error(w, "there is no such host", http.StatusBadGateway)
			return
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		// The greeting comes with the answer.
		_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n220 mail.example\r\n")
		_, _ = io.Copy(conn, conn)
	}))
	require.NoError(t, err)
	elsewhere := errors.New("dialed")
	dial := wire.Tunnel(at, []string{"mail.example", "other.example"}, func(context.Context, string, string) (net.Conn, error) { return nil, elsewhere })

	conn, err := dial(t.Context(), "tcp", "mail.example:587")
	require.NoError(t, err)
	_, err = io.WriteString(conn, "EHLO\r\n")
	require.NoError(t, err)
	said := make([]byte, len("220 mail.example\r\nEHLO\r\n"))
	_, err = io.ReadFull(conn, said)
	require.NoError(t, err)
	require.Equal(t, "220 mail.example\r\nEHLO\r\n", string(said))
	require.NoError(t, conn.Close())

	_, err = dial(t.Context(), "tcp", "other.example:587")
	require.ErrorContains(t, err, "status 502")
	_, err = dial(t.Context(), "tcp", "public.example:587")
	require.ErrorIs(t, err, elsewhere)
	ended, end := context.WithCancel(t.Context())
	end()
	_, err = dial(ended, "tcp", "mail.example:587")
	require.ErrorIs(t, err, context.Canceled)
}
