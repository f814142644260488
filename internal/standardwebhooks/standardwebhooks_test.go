package standardwebhooks_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	webhooks "seax/internal/standardwebhooks"
)

var (
	at     = time.Unix(1700000000, 0)
	secret = webhooks.Secret("0123456789abcdef0123456789abcdef")
	body   = []byte(`{"type":"message.send"}`)
)

func TestAKnownSignature(t *testing.T) {
	t.Parallel()
	parsed, err := webhooks.ParseSecret("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
	require.NoError(t, err)
	require.Equal(t, secret, parsed)
	require.Equal(t, "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", parsed.String())
	require.Equal(t, "v1,6L6tfeOeGKl9J4SSpBKe8c5zqsA43nGuQSF792jQmfM=", webhooks.Sign("msg_1", at, body, parsed))
	for _, wrong := range []string{"", "whsec_", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "whsec_c2hvcnQ=", "whsec_***"} {
		_, err := webhooks.ParseSecret(wrong)
		require.Error(t, err, wrong)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	former := webhooks.Secret(bytes.Repeat([]byte("f"), 32))
	good := func() http.Header {
		h := http.Header{}
		webhooks.SetHeader(h, "msg_1", at, body, secret)
		return h
	}
	require.NoError(t, webhooks.Verify(good(), body, at, secret))
	require.NoError(t, webhooks.Verify(good(), body, at.Add(5*time.Minute), former, secret), "while a secret is changed there are two")
	both := http.Header{}
	webhooks.SetHeader(both, "msg_1", at, body, former, secret)
	require.NoError(t, webhooks.Verify(both, body, at, secret))
	both.Set(webhooks.HeaderSignature, "v2,abc "+both.Get(webhooks.HeaderSignature)+" rubbish")
	require.NoError(t, webhooks.Verify(both, body, at, secret), "what is not known is passed over")

	require.ErrorIs(t, webhooks.Verify(good(), body, at.Add(5*time.Minute+time.Second), secret), webhooks.ErrStale)
	require.ErrorIs(t, webhooks.Verify(good(), body, at.Add(-5*time.Minute-time.Second), secret), webhooks.ErrStale)
	require.ErrorIs(t, webhooks.Verify(good(), body, at), webhooks.ErrSignature)
	require.ErrorIs(t, webhooks.Verify(good(), body, at, former), webhooks.ErrSignature)
	require.ErrorIs(t, webhooks.Verify(good(), append(body, ' '), at, secret), webhooks.ErrSignature)
	for header, values := range map[string][]string{
		webhooks.HeaderID: {"", "msg_2", "msg_1."}, webhooks.HeaderTimestamp: {"", "1700000001", "x", "01700000000", "1700000000.0"},
		webhooks.HeaderSignature: {"", "v1,", "v1", strings.TrimPrefix(good().Get(webhooks.HeaderSignature), "v1,"), strings.Replace(good().Get(webhooks.HeaderSignature), "v1", "v2", 1)},
	} {
		for _, value := range values {
			h := good()
			h.Set(header, value)
			require.ErrorIs(t, webhooks.Verify(h, body, at, secret), webhooks.ErrSignature, "%s: %q", header, value)
		}
	}
	empty := http.Header{}
	webhooks.SetHeader(empty, "msg_1", at, body, nil)
	require.ErrorIs(t, webhooks.Verify(empty, body, at, nil), webhooks.ErrSignature, "an empty secret signs nothing")
}
