"""An account's life: registration, sign-in, sessions that end, recovery by letter and by key."""

from support.checks import expect, expect_problem, pointers
from support.mailbox import recovery_token, verification_token
from support.people import PASSWORD, log_in, sign_up, unique

NEW_PASSWORD = "another-meadow-31-kites"


def me(client, token=None):
    return client.another(token).get("/api/v1/auth/me")


def refresh(client, token):
    return client.anonymous().post("/api/v1/auth/refresh", {"refresh_token": token})


def test_who_signs_up_can_log_in_and_read_the_account(client, developer):
    account = expect(me(developer.client), 200)
    assert account["email"] == developer.email
    assert account["role"] == "developer"
    assert account == developer.user
    assert len(set(developer.recovery_keys)) == 3


def test_login_takes_an_oauth2_password_form(client, developer):
    fields = {"grant_type": "password", "username": developer.email, "password": PASSWORD}
    answer = expect(client.post_form("/api/v1/auth/login", fields), 200)
    assert answer["token_type"] == "bearer"
    assert expect(me(client, answer["access_token"]), 200)["id"] == developer.user["id"]


def test_login_takes_a_multipart_form(client, developer):
    parts = "".join(
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in {"username": developer.email, "password": PASSWORD}.items()
    )
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    body = (parts + "--edge--\r\n").encode()
    assert expect(client.post("/api/v1/auth/login", body, headers), 200)["user"] == developer.user


def test_an_unknown_email_and_a_wrong_password_get_the_same_answer(client, developer):
    wrong = expect_problem(log_in(client, developer.email, "not-the-password-1"), 401)
    unknown = expect_problem(log_in(client, "nobody@example.com", "not-the-password-1"), 401)
    for volatile in ("request_id",):
        wrong.pop(volatile), unknown.pop(volatile)
    assert wrong == unknown


def test_an_email_or_a_name_is_taken_without_regard_to_case(client, developer):
    body = {"email": developer.email.upper(), "username": unique("dev"), "password": PASSWORD}
    expect_problem(client.post("/api/v1/auth/register", body), 409)
    name = developer.user["username"].upper()
    body = {"email": f"{unique('dev')}@example.com", "username": name, "password": PASSWORD}
    expect_problem(client.post("/api/v1/auth/register", body), 409)


def test_weak_passwords_are_refused_with_a_pointer(client):
    username = unique("dev")
    for password in ("short", "password1234", f"{username}{username}", "x" * 1025):
        body = {"email": f"{username}@example.com", "username": username, "password": password}
        answer = client.post("/api/v1/auth/register", body)
        expect_problem(answer, 422)
        assert pointers(answer) == ["/password"], password


def test_a_refresh_token_is_answered_by_the_next_pair(client, developer):
    renewed = expect(refresh(client, developer.refresh_token), 200)
    assert renewed["refresh_token"] != developer.refresh_token
    expect(me(client, renewed["access_token"]), 200)
    expect(refresh(client, renewed["refresh_token"]), 200)


def test_the_reuse_of_a_refresh_token_ends_the_whole_family(client, developer):
    renewed = expect(refresh(client, developer.refresh_token), 200)
    expect_problem(refresh(client, developer.refresh_token), 401)
    expect_problem(refresh(client, renewed["refresh_token"]), 401)
    expect_problem(me(client, renewed["access_token"]), 401)
    expect_problem(me(developer.client), 401)


def test_logout_ends_access_and_refresh_tokens_but_no_other_session(client, developer):
    other = expect(log_in(client, developer.email, PASSWORD), 200)
    expect(developer.client.post("/api/v1/auth/logout"), 204)
    expect_problem(me(developer.client), 401)
    expect_problem(refresh(client, developer.refresh_token), 401)
    expect(me(client, other["access_token"]), 200)


def test_a_password_change_ends_all_other_sessions(client, developer):
    other = expect(log_in(client, developer.email, PASSWORD), 200)
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    expect(developer.client.put("/api/v1/auth/password", body), 204)
    expect(me(developer.client), 200)
    expect_problem(me(client, other["access_token"]), 401)
    expect_problem(refresh(client, other["refresh_token"]), 401)
    expect_problem(log_in(client, developer.email, PASSWORD), 401)
    expect(log_in(client, developer.email, NEW_PASSWORD), 200)


def test_a_password_change_needs_the_current_password(developer):
    body = {"current_password": "wrong-" + PASSWORD, "new_password": NEW_PASSWORD}
    expect_problem(developer.client.put("/api/v1/auth/password", body), 403)


def test_the_link_of_a_letter_sets_a_new_password_once(registry, client, developer):
    expect(client.post("/api/v1/auth/recover", {"email": developer.email}), 202)
    token = recovery_token(registry, developer.email)
    body = {"token": token, "new_password": NEW_PASSWORD}
    expect(client.post("/api/v1/auth/recover/confirm", body), 204)
    expect(log_in(client, developer.email, NEW_PASSWORD), 200)
    expect_problem(me(developer.client), 401)
    expect_problem(client.post("/api/v1/auth/recover/confirm", body), 401)


def test_recovery_answers_the_same_whether_or_not_there_is_an_account(client, developer):
    known = client.post("/api/v1/auth/recover", {"email": developer.email})
    unknown = client.post("/api/v1/auth/recover", {"email": "nobody@example.com"})
    assert expect(known, 202) == expect(unknown, 202)


def test_each_recovery_key_sets_a_new_password_once(client, developer):
    for number, key in enumerate(developer.recovery_keys):
        password = f"{NEW_PASSWORD}-{number}"
        body = {"email": developer.email, "recovery_key": key, "new_password": password}
        expect(client.post("/api/v1/auth/recover/key", body), 204)
        expect(log_in(client, developer.email, password), 200)
        expect_problem(client.post("/api/v1/auth/recover/key", body), 401)


def test_a_recovery_key_of_somebody_else_does_nothing(client, developer):
    stranger = sign_up(client)
    key = stranger.recovery_keys[0]
    body = {"email": developer.email, "recovery_key": key, "new_password": NEW_PASSWORD}
    expect_problem(client.post("/api/v1/auth/recover/key", body), 401)


def test_the_first_letter_verifies_the_address_once(registry, client, developer):
    assert developer.user["is_verified"] is False
    path = "/auth/verify-email?token=" + verification_token(registry, developer.email)
    assert client.head(path).status == 200
    expect(client.get(path), 200)
    assert expect(me(developer.client), 200)["is_verified"] is True
    assert client.get(path).status in (404, 409)
