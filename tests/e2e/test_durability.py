"""What was acknowledged survives kill -9; a database that is away is an answer, not a crash."""

from support.checks import eventually, expect, expect_problem, problem_faults
from support.people import agent_body, log_in, sign_up
from support.postgres import PrivatePostgres
from support.registry import new_registry
from support.subjects import Subjects
from support.writers import Rejected, acknowledged, assert_all_there_once, publishing

KILLS = 3


def test_kill_9_under_write_load_loses_nothing_that_was_acknowledged(own_registry):
    developer = sign_up(own_registry.client())
    names = []
    for _ in range(KILLS):
        with publishing(own_registry, developer) as load:
            load.wait_for(60)
            own_registry.kill()
        names += acknowledged(load)
        assert not [error for error in load.failures if isinstance(error, Rejected)]
        own_registry.start()
        assert_all_there_once(own_registry.client(), names)
    # The sessions and the index live on too.
    client = own_registry.client(developer.access_token)
    expect(client.post("/api/v1/agents", agent_body()), 201)
    expect(log_in(client, developer.email, developer.password), 200)


def test_while_postgresql_is_away_writes_get_503_and_reads_go_on():
    with PrivatePostgres() as postgres:
        with new_registry({"DATABASE_URL": postgres.new_schema()}) as registry:
            client = registry.client()
            developer = sign_up(client)
            agent = developer.publish()
            postgres.crash()
            expect_problem(developer.client.post("/api/v1/agents", agent_body()), 503)
            expect_problem(log_in(client, developer.email, developer.password), 503)
            assert client.get("/health").status == 200
            assert client.get("/health/ready").status == 503
            assert expect(client.get(f"/api/v1/agents/{agent['id']}"), 200) == agent
            found = expect(client.get("/api/v1/discovery/agents", q="tides"), 200)
            assert [hit["id"] for hit in found["agents"]] == [agent["id"]]
            postgres.start()

            def publishes_again():
                answer = developer.client.post("/api/v1/agents", agent_body())
                assert answer.status in (201, 503), answer
                return answer.status == 201

            eventually(publishes_again, 15, "publishing works without a restart of the registry")
            assert client.get("/health/ready").status == 200


def odd_answer(operation, answer):
    """What is wrong with an answer that is given while the database is away; empty when nothing."""
    tells_health = operation.path.endswith(("/health/ready", "/federation/health", "/health-check"))
    if answer.status == 503 and not tells_health:  # For them it is no error.
        return problem_faults(answer) + ([] if 503 in operation.errors else ["503 is not documented"])
    documented = operation.errors | {operation.success[0], 422}
    return [] if answer.status in documented else [repr(answer)]


def test_while_postgresql_is_away_every_operation_answers_as_documented():
    with PrivatePostgres() as postgres:
        with new_registry({"DATABASE_URL": postgres.new_schema()}) as registry:
            subjects = Subjects(registry)
            prepared = [
                (operation, subjects.target(operation), subjects.client_for(operation))
                for operation in subjects.operations
            ]
            postgres.crash()
            odd = {}
            for operation, path, client in prepared:
                answer = client.send(operation.method, path, operation.example_body)
                if faults := odd_answer(operation, answer):
                    odd[str(operation)] = faults
            assert not odd, odd
            assert registry.process.poll() is None


def test_a_crash_of_postgresql_under_write_load_loses_nothing_acknowledged():
    with PrivatePostgres() as postgres:
        with new_registry({"DATABASE_URL": postgres.new_schema()}) as registry:
            developer = sign_up(registry.client())
            with publishing(registry, developer, accept=(201, 503, 409)) as load:
                load.wait_for(60)
                postgres.crash()
                load.wait_for(len(load.results) + 20)
                postgres.start()
                before = len(acknowledged(load))
                eventually(lambda: len(acknowledged(load)) > before + 20, 15, "writes succeed again")
            assert not load.failures
            names = acknowledged(load)
            assert_all_there_once(registry.client(), names)
            registry.restart()
            assert_all_there_once(registry.client(), names)
