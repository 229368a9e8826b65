"""Known secrets are masked in any text and in plain data, and a change of one still shows."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from html import escape
from urllib.parse import quote, quote_plus, unquote, unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdslack_cli.config.tokens import mask_tokens
from pdslack_cli.masking import add_secrets, forget_secrets, mask_before, mask_echo, mask_secrets, mask_value
from pdslack_cli.visible import one_line

SECRET = 'h0ok\'s "path" & <more>/ü\u00a0\x7f'


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        quote(SECRET),
        quote(SECRET, safe=""),
        escape(SECRET),
        escape(SECRET, quote=False),
        f"before{SECRET}after",
        quote_plus(SECRET),
        re.sub("%..", lambda found: found.group().lower(), quote(SECRET)),
        re.sub("%..", lambda found: found.group().lower(), quote_plus(SECRET)),
        repr(SECRET),
        one_line(SECRET),
        json.dumps(json.dumps(SECRET)),
        json.dumps(json.dumps({"body": json.dumps(SECRET)})),
        str({"body": json.dumps(SECRET)}),
        quote_plus(json.dumps(SECRET)),
        escape(json.dumps(SECRET)),
        json.dumps(SECRET).replace("/", "\\/"),
        SECRET.upper().lower(),
        escape(SECRET).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
    ],
)
def test_secret_is_masked_however_it_is_spelled(written):
    add_secrets([SECRET])

    masked = mask_secrets(f"x {written} y")

    assert "***" in masked
    assert "path" not in masked


@pytest.mark.parametrize("decode", [unquote, unquote_plus])
def test_secret_is_masked_where_a_vendor_echoes_it_decoded(decode):
    add_secrets(["hush%2Fha+sh%20=="])
    assert mask_secrets(f"x {decode('hush%2Fha+sh%20==')} y") == "x *** y"


@pytest.mark.parametrize("before", ["", "a", "ab:", "user:"])
@pytest.mark.parametrize("after", ["", "x", "xy", "xyz"])
@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
def test_secret_is_masked_inside_of_base64_that_a_vendor_echoes(before, after, encode):
    add_secrets(["hush/h~?sh-hush>"])
    echoed = encode(f"{before}hush/h~?sh-hush>{after}".encode()).decode()

    masked = mask_echo(f"Authorization: Basic {echoed}, refused")

    assert masked.startswith("Authorization: Basic ")
    assert masked.endswith(", refused")
    assert b"h~?sh" not in b64decode(masked.split()[2].split("***")[0] + "====", validate=False)
    assert "***" in masked


@pytest.mark.parametrize("left", range(5, 16))
def test_secret_that_is_cut_is_masked(left):
    add_secrets(["hush-hush-hush-h", "hurry"])

    assert mask_secrets(f"got 'x {'hush-hush-hush-h'[:left]}…' or so…") == "got 'x ***…' or so…"
    assert mask_secrets("hush… hus… PDSLACK_VAR_…") == "hush… hus… PDSLACK_VAR_…"


def test_lines_of_a_secret_are_secrets():
    add_secrets(["-----BEGIN-----\nMIIEvQIBADANBg\n-----END-----\n"])

    assert mask_secrets("| MIIEvQIBADANBg") == "| ***"


@pytest.mark.parametrize("short", ["a", "eu", "10", "api"])
def test_short_value_is_masked_only_where_it_is_all_of_a_text(short):
    add_secrets([short])
    words = {"name": f"payments {short} b", "region": short, short: [f"{short}."]}

    assert mask_value(words) == {"name": f"payments {short} b", "region": "***", short: [f"{short}."]}


@pytest.mark.parametrize("blank", ["%20%20%20%20", "+++++", "a%20%20%20"])
def test_blanks_of_a_value_mask_none_elsewhere(blank):
    add_secrets([blank])
    assert mask_secrets("some    text,    a     b") == "some    text,    a     b"


def test_blank_value_masks_nothing():
    add_secrets(["", "  "])

    assert mask_value(["", "  ", "a  b"]) == ["", "  ", "a  b"]


def test_number_is_masked_and_a_boolean_is_not():
    add_secrets(["471147", "true"])

    assert mask_value([471147, True, 12]) == ["***", True, 12]


def test_longer_secret_is_masked_before_one_that_it_begins_with():
    add_secrets(["hush", "hush-hush"])

    assert mask_secrets("hush-hush hush") == "*** ***"


def test_forgotten_secret_is_shown():
    add_secrets(["hush-hush"])
    forget_secrets()

    assert mask_secrets("hush-hush") == "hush-hush"


def test_what_gives_way_to_a_secret_is_a_secret():
    add_secrets(["new-path"])
    before = {"url": "https://x/old-path", "events": ["a"], "name": "w", "headers": {"k": "old"}}
    after = {"url": "https://x/new-path", "events": ["b"], "name": "w", "headers": {"k": "new-path"}}

    shown = mask_before(before, after, "w")

    assert "old" not in str(shown)
    assert (shown["events"], shown["name"]) == (["a"], "w")
    assert shown["url"] != mask_value(after, "w")["url"]


def test_items_that_stay_are_not_masked():
    add_secrets(["new-path"])

    shown = mask_before(["a", "old-path", "b"], ["a", "new-path", "b"], "w")

    assert (shown[0], shown[2]) == ("a", "b")
    assert shown[1].startswith("***(")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(values, values, st.text(min_size=4, max_size=8).filter(str.strip))
def test_any_two_values_that_differ_still_differ(before, after, secret):
    forget_secrets()
    add_secrets([secret])
    after = {"a": after, "b": f"x{secret}"}
    before = {"a": before, "b": "x"}

    assert mask_before(before, after, "s") != mask_value(after, "s")
    assert mask_before(after, after, "s") == mask_value(after, "s")


@pytest.mark.parametrize("name", ["token", "access_token", "api_key", "X-Amz-Signature", "client_secret"])
def test_secret_in_the_query_of_a_url_is_masked(name):
    assert mask_tokens(f"no URL: 'https://x.example/?a=b&{name}=hunter2&c=d'") == (
        f"no URL: 'https://x.example/?a=b&{name}=…&c=d'"
    )
    assert mask_tokens("https://x/?token=${TOKEN}") == "https://x/?token=${TOKEN}"
