package identity_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"seax/internal/identity"
)

func TestAnAddressIsAlwaysTheSamePerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.resolve(visitor("v1"), identity.Known{Locale: "ko"})
	require.Equal(t, "ko", first.Locale)
	again := w.resolve(visitor("v1"), identity.Known{Name: "Kim"})
	require.Equal(t, first.ContactID, again.ContactID)
	require.Equal(t, "Kim", again.Name, "a person without a name gets one")
	renamed := w.resolve(visitor("v1"), identity.Known{Name: "Lee"})
	require.Equal(t, "Kim", renamed.Name, "and keeps it")
	require.Equal(t, "Kim", w.name(first.ContactID))
	other := visitor("v1")
	other.Realm = "another account"
	require.NotEqual(t, first.ContactID, w.resolve(other, identity.Known{}).ContactID, "an id means something on its account only")
}

func TestOnlyVerifiedAddressesLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kim := w.resolve(visitor("v1"), claims(email("kim@example.com", true)))
	require.Empty(t, kim.LinkedBy)
	linked := w.resolve(visitor("v2"), claims(email("kim@example.com", true)))
	require.Equal(t, kim.ContactID, linked.ContactID)
	require.Equal(t, identity.KindEmail, linked.LinkedBy)
	pretender := w.resolve(visitor("v3"), claims(email("kim@example.com", false)))
	require.NotEqual(t, kim.ContactID, pretender.ContactID)
	require.Equal(t, []string{"v3"}, w.addresses(pretender.ContactID), "a claim takes nothing from its owner")
	require.Equal(t, []string{"kim@example.com ✓", "v1", "v2"}, w.addresses(kim.ContactID))
}

// Whoever was first to type an address does not keep the one who can prove it away from it for ever, and nobody becomes them.
func TestAProofOfAnAddressSomebodyElseClaimed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pretender := w.resolve(visitor("v1"), claims(email("kim@example.com", false)))
	kim := w.resolve(visitor("v2"), claims(email("kim@example.com", true)))
	require.NotEqual(t, pretender.ContactID, kim.ContactID, "what somebody only typed links nobody to them")
	require.Equal(t, []string{"kim@example.com ✓", "v2"}, w.addresses(kim.ContactID))
	require.Equal(t, []string{"v1"}, w.addresses(pretender.ContactID))
}

func TestAProofMakesAClaimVerified(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kim := w.resolve(visitor("v1"), claims(email("kim@example.com", false)))
	require.Equal(t, []string{"kim@example.com", "v1"}, w.addresses(kim.ContactID))
	require.Equal(t, kim.ContactID, w.prove(kim.ContactID, visitor("v1"), claims(email("kim@example.com", true))).ContactID)
	require.Equal(t, []string{"kim@example.com ✓", "v1"}, w.addresses(kim.ContactID))
	w.resolve(visitor("v1"), claims(email("kim@example.com", false)))
	require.Equal(t, []string{"kim@example.com ✓", "v1"}, w.addresses(kim.ContactID), "and it stays so")
}

func TestWhoProvesToBeSomebodyKnownBecomesThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kim := w.resolve(visitor("v1"), identity.Known{Name: "Kim", Claims: []identity.Claim{email("kim@example.com", true)}})
	stranger := w.resolve(visitor("v2"), identity.Known{})
	proven := w.prove(stranger.ContactID, visitor("v2"), identity.Known{Name: "Kimmy", Claims: []identity.Claim{
		email("kim@example.com", true), {Kind: identity.KindPhone, Address: "+82212345678", Verified: true},
	}})
	require.Equal(t, kim.ContactID, proven.ContactID)
	require.Equal(t, "Kim", proven.Name)
	require.Equal(t, identity.KindEmail, proven.LinkedBy)
	require.Equal(t, []string{"+82212345678 ✓", "kim@example.com ✓", "v1", "v2"}, w.addresses(kim.ContactID))
	require.Empty(t, w.addresses(stranger.ContactID))
}

func TestAProofThatNamesNobodyNamesTheContact(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stranger := w.resolve(visitor("v1"), identity.Known{})
	proven := w.prove(stranger.ContactID, visitor("v1"), identity.Known{Name: "Kim", Claims: []identity.Claim{email("kim@example.com", true)}})
	require.Equal(t, stranger.ContactID, proven.ContactID)
	require.Empty(t, proven.LinkedBy)
	require.Equal(t, "Kim", w.name(stranger.ContactID))
	require.Equal(t, stranger.ContactID, w.prove(stranger.ContactID, visitor("v1"), claims(email("kim@example.com", false))).ContactID)
}

func TestNormalForms(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"Kim@Example.COM": "kim@example.com", " kim@example.com\n": "kim@example.com", "<kim@example.com>": "kim@example.com",
		"Kim <kim@example.com>": "", "": "", "kim": "", "kim@": "", "a@b, c@d": "", "kim@example.com\r\nBcc: x@y": "", "k\x00im@example.com": "",
	} {
		got, err := identity.NormalEmail(given)
		require.Equal(t, want == "", err != nil, "%q: %v", given, err)
		require.Equal(t, want, got)
		if err != nil {
			require.ErrorIs(t, err, identity.ErrInvalid)
		}
	}
	for given, want := range map[string]string{
		"010-2345-6789": "+821023456789", "+82 10 2345 6789": "+821023456789", "+1 650 253 0000": "+16502530000",
		"": "", "12": "", "hello": "", "+999 1": "",
	} {
		got, err := identity.NormalPhone(given, "KR")
		require.Equal(t, want, got)
		require.Equal(t, want == "", err != nil, "%q: %v", given, err)
	}
	_, err := identity.NormalPhone("010-2345-6789", "")
	require.ErrorIs(t, err, identity.ErrInvalid, "without a country nobody knows whose number it is")
}
