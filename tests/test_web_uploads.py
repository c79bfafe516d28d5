"""Uploads and runs over HTTP: nothing is lost, nothing is trusted, nothing is done twice."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from synth.domain import Transcript
from synth.errors import InputError
from synth.parse import KnownSpeech, ReadSettings
from synth.pipeline.jobs import ask_run, start_job, work
from synth.pipeline.status import study_status
from synth.pipeline.taking import safe_name, same_as, take_files
from synth.pipeline.uploading import corrections_table
from synth.pipeline.webhooks import check_webhook, sign_webhook, webhook_secret
from synth.pipeline.withdrawing import withdraw_participant
from synth.store import Store, Study
from synth.store.jobs import LIVE
from synth.store.uploads import Upload
from tests.web import add_account, client_of, code_of, opened, page_of, submit

TALK = "Interviewer: How was it?\n\n{who}: I was angry that nobody rang me back about my {what}. Then I went there.\n"


def talk(who: str = "P1", what: str = "bill") -> bytes:
    return TALK.format(who=who, what=what).encode()


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYNTH_OFFLINE_EMBEDDINGS", "0")
    with opened(tmp_path / "s.db") as store:
        store.add_study("S", "", "en", "customer", "")
    return tmp_path / "s.db"


def study_of(db: Path) -> Study:
    with opened(db) as store:
        return store.studies()[0]


def api(db: Path, *rest: str) -> str:
    return "/".join([f"/api/v1/studies/{study_of(db).id}", *rest])


def upload(client: Any, db: Path, *files: tuple[str, bytes], **headers: str) -> Any:
    return client.post(api(db, "uploads"), files=[("files", one) for one in files], headers=headers)


def wait_for(client: Any, address: str, *states: str) -> dict[str, Any]:
    until = time.monotonic() + 120
    while True:
        run: dict[str, Any] = client.get(address).json()
        if run["state"] in states:
            return run
        # A process that takes long to begin is held for dead meanwhile.
        assert run["state"] in (*LIVE, "interrupted"), run
        assert time.monotonic() < until, run
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "passwd.txt"),
        ("C:\\Users\\me\\P01.docx", "P01.docx"),
        ("..", "interview.txt"),
        ("", "interview.txt"),
        ("~corrections.csv", "corrections.csv"),
        ("a\x00b<c>.txt", "abc.txt"),
        ("gesprek van vandaag", "gesprek van vandaag.txt"),
        ("x" * 400 + ".vtt", "x" * 110 + ".vtt"),
        ("談" * 100 + ".vtt", "談" * 66 + ".vtt"),
    ],
)
def test_a_name_is_never_a_path(given: str, name: str) -> None:
    assert safe_name(given) == name


def test_how_a_file_is_read_is_shown_at_once(db: Path) -> None:
    answer = upload(client_of(db), db, ("P1.txt", talk()), ("bad.docx", b"PK\x03\x04 broken"))
    assert answer.status_code == 201
    good, bad = answer.json()["items"]
    [heard] = good["reading"]["transcripts"]
    roles = {one["name"]: one["role"] for one in heard["speakers"]}
    assert roles == {"Interviewer": "interviewer", "P1": "participant"}
    assert (good["state"], bad["state"]) == ("waiting", "refused")
    assert bad["why"]


def test_whoever_presses_add_after_the_files_went_up_is_told_that_they_are_there(db: Path) -> None:
    client, page = client_of(db), f"/studies/{study_of(db).id}/uploads"
    nothing = submit(client, page, page)
    assert nothing.status_code == 422
    assert 'class="problem"' in nothing.text
    upload(client, db, ("P1.txt", talk()))
    answer = submit(client, page, page)
    assert answer.headers["location"].endswith("?said=upload_taken_before")
    told = client.get(answer.headers["location"]).text
    assert "Added already" in told
    assert 'class="problem"' not in told


def test_an_archive_is_opened_and_its_members_stand_alone(db: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a/P1.txt", talk("P1"))
        archive.writestr("b/P1.txt", talk("P2", "meter"))
        archive.writestr("__MACOSX/._P1.txt", b"x")
    names = [one["name"] for one in upload(client_of(db), db, ("all.zip", packed.getvalue())).json()["items"]]
    assert names == ["P1.txt", "P1 (2).txt"]


def test_a_member_that_cannot_be_unpacked_costs_the_others_nothing(db: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("P1.txt", talk("P1"))
        archive.writestr("P2.txt", b"spoiled" * 9)
        archive.writestr("P3.txt", talk("P3", "meter"))
    answer = upload(client_of(db), db, ("all.zip", packed.getvalue().replace(b"spoiledsp", b"SPOILEDSP"))).json()
    assert [one["name"] for one in answer["items"]] == ["P1.txt", "P3.txt"]
    assert [one["name"] for one in answer["refused"]] == ["P2.txt"]


def test_two_tables_of_participants_are_both_read(db: Path) -> None:
    client = client_of(db)
    tables = [
        ("participants.csv", f"participant,{key}\n{who},old\n".encode()) for who, key in (("P1", "a"), ("P2", "b"))
    ]
    upload(client, db, ("P1.txt", talk()), ("P2.txt", talk("P2", "meter")), *tables)
    with opened(db) as store:
        study = store.studies()[0]
        assert work(str(db), ask_run(store, study, {"model": "offline"}, "me").id).state == "done"
        assert [one.attributes for one in store.participants(study)] == [{"a": "old"}, {"b": "old"}]


def test_the_same_file_twice_is_taken_once(db: Path) -> None:
    client = client_of(db)
    upload(client, db, ("P1.txt", talk()))
    again = upload(client, db, ("other.txt", talk())).json()
    assert again["items"] == []
    assert "P1.txt" in again["refused"][0]["why"]


def test_an_idempotency_key_does_nothing_twice(db: Path) -> None:
    client = client_of(db)
    first, second = (upload(client, db, ("P1.txt", talk()), **{"idempotency-key": "k"}) for _ in range(2))
    assert first.json() == second.json()
    assert second.headers["idempotent-replay"] == "true"
    assert code_of(upload(client, db, ("P2.txt", talk("P2")), **{"idempotency-key": "k"})) == "key-reused"


def test_corrections_are_what_a_run_reads(db: Path) -> None:
    client = client_of(db)
    text = b"Speaker 1: I was angry about the bill.\n\nSpeaker 2: And then?\n\nSpeaker 1: I rang them at once.\n"
    one = upload(client, db, ("talk.txt", text)).json()["items"][0]
    asked = {
        "wave": "2026-Q1",
        "speakers": [
            {"speaker": "Speaker 1", "role": "participant", "participant": "P09"},
            {"speaker": "Speaker 2", "role": "interviewer"},
        ],
        "attributes": {"P09": {"household": "couple"}},
    }
    assert client.patch(api(db, "uploads", one["id"]), json=asked).status_code == 200
    with opened(db) as store:
        study = store.studies()[0]
        job = ask_run(store, study, {"model": "offline"}, "me")
        assert work(str(db), job.id).state == "done"
        [transcript] = store.current_transcripts(study)
        assert (transcript.wave, [(s.role.value, s.participant) for s in transcript.speakers]) == (
            "2026-Q1",
            [("participant", "P09"), ("interviewer", None)],
        )
        assert store.participants(study)[0].attributes == {"household": "couple"}
        assert store.upload_content(study, one["id"]) == b""


@pytest.mark.parametrize(
    "speakers", [[{"speaker": "P1", "role": "participant"}], [{"speaker": "P1", "role": "interviewer"}]]
)
def test_corrections_that_leave_nobody_are_refused(db: Path, speakers: list[dict[str, str]]) -> None:
    client = client_of(db)
    one = upload(client, db, ("P1.txt", talk())).json()["items"][0]
    assert code_of(client.patch(api(db, "uploads", one["id"]), json={"speakers": speakers})) == "invalid-request"


def test_a_file_that_was_taken_away_leaves_no_name(db: Path) -> None:
    client = client_of(db)
    one = upload(client, db, ("Karim Bos.txt", talk()), **{"idempotency-key": "k"}).json()["items"][0]
    assert client.delete(api(db, "uploads", one["id"])).status_code == 204
    assert client.get(api(db, "uploads")).json()["items"] == []
    assert all(b"Karim" not in file.read_bytes() for file in db.parent.glob("s.db*"))


def test_a_file_that_a_run_has_or_is_reading_is_not_taken_away_or_corrected(db: Path) -> None:
    client = client_of(db)
    one = upload(client, db, ("P1.txt", talk())).json()["items"][0]
    address = api(db, "uploads", one["id"])
    asked: dict[str, Any] = {"speakers": []}
    with opened(db) as store:
        job = ask_run(store, store.studies()[0], {"model": "offline"}, "me")
        assert code_of(client.delete(address)) == "upload-read"
        assert code_of(client.patch(address, json=asked)) == "invalid-request"
        work(str(db), job.id)
        # As a run leaves it that is killed after it read the file.
        store._execute("update uploads set state = 'waiting'")
    assert code_of(client.delete(address)) == "upload-read"
    assert code_of(client.patch(address, json=asked)) == "invalid-request"


def test_who_withdraws_leaves_neither_the_upload_nor_its_name(db: Path) -> None:
    client = client_of(db)
    text = b"Interviewer: So?\n\nKarim Bos: The shop was kind.\n\nInterviewer: And?\n\nKarim Bos: I felt relieved.\n"
    upload(client, db, ("Karim Bos.txt", text), ("P2.txt", talk("P2", "meter")), **{"idempotency-key": "k"})
    with opened(db) as store:
        study = store.studies()[0]
        work(str(db), ask_run(store, study, {"model": "offline"}, "me").id)
        person = next(one.id for one in store.participants(study) if one.id != "P2")
        gone = withdraw_participant(store, study, person)
        assert gone.reports == (), "nothing was written that would have to be deleted"
        assert [one.name for one in store.uploads(study)] == ["P2.txt"]
    assert all(b"Karim" not in file.read_bytes() for file in db.parent.glob("s.db*"))


def test_a_run_by_program_ends_with_a_report_and_a_stream(db: Path) -> None:
    client = client_of(db)
    upload(client, db, ("P1.txt", talk()), ("P2.txt", talk("P2", "meter")))
    started = client.post(api(db, "runs"), json={"model": "offline"})
    assert started.status_code == 202
    address = api(db, "runs", started.json()["id"])
    run = wait_for(client, address, "done", "failed", "partly")
    assert (run["state"], run["report"]["transcripts"]["read"]) == ("done", 2)
    events = client.get(f"{address}/events").text
    assert json.loads(events.split("data: ", 1)[1].splitlines()[0])["state"] == "done"
    assert code_of(client.post(f"{address}/pause")) == "run-refused"


def test_two_runs_at_once_are_one_too_many(db: Path) -> None:
    client = client_of(db)
    upload(client, db, ("P1.txt", talk()))
    with opened(db) as store:
        ask_run(store, store.studies()[0], {"model": "offline"}, "me")
    assert code_of(client.post(api(db, "runs"), json={})) == "run-refused"


def test_what_was_asked_of_a_run_that_cannot_begin_is_still_in_its_form(db: Path) -> None:
    client, home = client_of(db), f"/studies/{study_of(db).id}"
    upload(client, db, ("P1.txt", talk()))
    asked = {"budget": "ten", "wave": "2026-Q1", "model": "openai/x", "language": "nl"}
    answer = submit(client, f"{home}/uploads", f"{home}/runs", **asked)
    assert answer.status_code == 422
    fields = {one.attributes["name"]: one.attributes.get("value") for one in page_of(answer).all("input")
              if one.attributes.get("name") in asked}  # fmt: skip
    assert fields == {name: value for name, value in asked.items() if name != "language"}


def test_nothing_to_read_is_said(db: Path) -> None:
    assert code_of(client_of(db).post(api(db, "runs"), json={})) == "run-refused"


def test_a_paused_run_is_taken_up_and_finishes(db: Path) -> None:
    client = client_of(db)
    upload(client, db, ("P1.txt", talk()), ("P2.txt", talk("P2", "meter")))
    with opened(db) as store:
        study = store.studies()[0]
        job = ask_run(store, study, {"model": "offline"}, "me")
        store.ask_job(study, job.id, "pause")
        assert work(str(db), job.id).state == "paused"
        assert store.codings(study) == []
        address = f"/studies/{study.id}/runs/{job.id}"
        paused = client.get(address).text
        assert "Paused." in paused
        assert "People" not in paused, "nobody was counted yet"
        assert "budget" not in client.get(f"/studies/{study.id}").text
        store.requeue_job(study, job.id)
        assert "Paused." not in client.get(address).text, "what the run said before it went on"
        assert work(str(db), job.id).state == "done"


def test_a_run_that_was_killed_is_shown_as_interrupted_and_can_go_on(db: Path) -> None:
    client = client_of(db)
    upload(client, db, ("P1.txt", talk()))
    with opened(db) as store:
        job = ask_run(store, store.studies()[0], {"model": "offline"}, "me")
        store.take_job(job.id)
        store._execute("update jobs set beat_utc = '2020-01-01T00:00:00Z' where id = :id", id=job.id)
    address = api(db, "runs", job.id)
    assert client.get(address).json()["state"] == "interrupted"
    assert client.post(f"{address}/resume").status_code == 200
    assert wait_for(client, address, "done")["state"] == "done"


def hrefs(answer: Any) -> set[str]:
    return {one.attributes.get("href") or "" for one in page_of(answer).all("a")}


def test_the_study_says_what_comes_next_and_leads_there(db: Path) -> None:
    client, home = client_of(db), f"/studies/{study_of(db).id}"
    assert "No interviews yet" in page_of(client.get(home)).words()
    upload(client, db, ("P1.txt", talk()))
    assert "1 file waits to be read" in page_of(client.get(home)).words()
    assert "files wait to be read" in page_of(client.get("/")).words()
    with opened(db) as store:
        job = ask_run(store, store.studies()[0], {"model": "nonsense"}, "me")
    for address in ("/", home):
        assert "being read" in page_of(client.get(address)).words()
        assert f"{home}/runs/{job.id}" in hrefs(client.get(address))
    work(str(db), job.id)
    failed = client.get(home)
    assert f"{home}/runs/{job.id}" in hrefs(failed)
    assert "synth status" not in page_of(failed).words(), "what went wrong stands in the browser too"
    assert "being read" not in page_of(client.get("/")).words()


def test_a_model_that_cannot_be_asked_fails_in_words(db: Path) -> None:
    client = client_of(db)
    upload(client, db, ("P1.txt", talk()))
    with opened(db) as store:
        job = ask_run(store, store.studies()[0], {"model": "nonsense"}, "me")
    ended = work(str(db), job.id)
    assert ended.state == "failed"
    assert "nonsense" in ended.report["error"]
    with opened(db) as store:
        assert store.uploads(store.studies()[0], state="waiting")


def test_what_nobody_foresaw_is_told_by_kind_and_place_alone(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("I was angry.")

    upload(client_of(db), db, ("P1.txt", talk()))
    monkeypatch.setattr("synth.pipeline.jobs.run_study", fails)
    with opened(db) as store:
        job = ask_run(store, store.studies()[0], {"model": "offline"}, "me")
        with pytest.raises(RuntimeError):
            work(str(db), job.id)
        said = store.job_anywhere(job.id).report["error"]
    assert "RuntimeError, test_web_uploads.py line" in said
    assert "angry" not in said


def test_names_of_files_are_for_those_who_see_the_files(db: Path) -> None:
    add_account(db, "mira", "admin")
    add_account(db, "rob", None, on={study_of(db).id: "reviewer"})
    researcher, reviewer = client_of(db, "mira"), client_of(db, "rob")
    with opened(db) as store:
        study = store.studies()[0]
        files = [("P1.txt", talk()), ("Karim Bos.txt", talk() + b"\n")]
        take_files(store, study, files, "mira", ReadSettings())
        run = work(str(db), ask_run(store, study, {"model": "offline"}, "mira").id)
    for address in (api(db, "runs", run.id), api(db, "runs"), f"{api(db, 'runs', run.id)}/events",
                    f"/studies/{study.id}/runs/{run.id}", f"/studies/{study.id}/runs/{run.id}/watch"):  # fmt: skip
        assert reviewer.get(address).status_code == 200
        assert "Karim" not in reviewer.get(address).text
    assert "Karim Bos.txt" in researcher.get(f"/studies/{study.id}/runs/{run.id}").text
    assert len(reviewer.get(api(db, "runs", run.id)).json()["report"]["transcripts"]["failed"]) == 1


def test_somebody_who_only_reviews_cannot_upload_or_read(db: Path) -> None:
    add_account(db, "mira", "admin")
    add_account(db, "rob", None, on={study_of(db).id: "reviewer"})
    client = client_of(db, "rob")
    page = f"/studies/{study_of(db).id}/uploads"
    assert client.get(page).status_code == 403
    assert submit(client, "/", f"/studies/{study_of(db).id}/runs", model="offline").status_code == 403
    with opened(db) as store:
        assert store.uploads(store.studies()[0]) == []


def test_hostile_names_and_words_are_shown_as_text(db: Path) -> None:
    client = client_of(db)
    script = b"<img src=x onerror=alert(1)>: </textarea><script>alert(1)</script> I was angry.\n\nInterviewer: So?\n"
    upload(client, db, ("<script>alert(1)</script>.txt", script))
    page = client.get(f"/studies/{study_of(db).id}/uploads").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_file_that_says_who_speaks_takes_its_id_from_somebody_who_only_got_a_free_number(db: Path) -> None:
    first = b"Anne: Why?\n\nKarim: I was angry.\n\nAnne: And then?\n\nKarim: Then I called.\n"
    second = b"I: How was it?\n\nR: I was relieved.\n\nI: Why?\n\nR: They wrote to me.\n"
    with opened(db) as store:
        study = store.studies()[0]
        take_files(store, study, [("talk.txt", first)], "me", ReadSettings())
        [given] = [one["participant"] for one in heard(store, study, "talk.txt") if one["participant"]]
        take_files(store, study, [(f"{given}.txt", second)], "me", ReadSettings())
        assert [one["participant"] for one in heard(store, study, f"{given}.txt") if one["participant"]] == [given]
        [now] = [one["participant"] for one in heard(store, study, "talk.txt") if one["participant"]]
        assert now not in ("", given)


def heard(store: Store, study: Study, name: str) -> list[dict[str, str]]:
    [upload] = [one for one in store.uploads(study) if one.name == name]
    return list(upload.reading["transcripts"][0]["speakers"])


def test_where_nothing_was_corrected_there_is_no_table(db: Path) -> None:
    with opened(db) as store:
        study = store.studies()[0]
        take_files(store, study, [("P1.txt", talk())], "me", ReadSettings())
        assert corrections_table(store.uploads(study)) == b""


# --- Webhooks --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1/x", "http://localhost:9/x", "http://[::1]/", "http://169.254.169.254/latest", "file:///etc/x",
     "ftp://example.org/", "http://me:pw@example.org/", "nonsense"],
)  # fmt: skip
def test_a_webhook_does_not_reach_into_this_network(address: str) -> None:
    with pytest.raises(InputError):
        check_webhook(address, private=False)


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append(({key.lower(): value for key, value in self.headers.items()}, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", got
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_the_end_of_a_run_is_told_signed_and_without_words(
    db: Path, receiver: tuple[str, list[tuple[dict[str, str], bytes]]]
) -> None:
    address, got = receiver
    upload(client_of(db), db, ("P1.txt", talk()))
    with opened(db) as store:
        study = store.studies()[0]
        job = ask_run(store, study, {"model": "offline"}, "me", webhook=address, private=True)
    work(str(db), job.id)
    [(headers, body)] = got
    assert headers["x-synth-signature"] == sign_webhook(body, webhook_secret(str(db), study.id))
    told = json.loads(body)
    assert (told["event"], told["state"], told["figures"]["transcripts"]["read"]) == ("run.ended", "done", 1)
    assert b"angry" not in body
    assert b"P1" not in body


def test_a_job_in_its_own_process_beats_and_ends(db: Path) -> None:
    client = client_of(db)
    upload(client, db, ("P1.txt", talk()))
    with opened(db) as store:
        job = ask_run(store, store.studies()[0], {"model": "offline"}, "me")
    assert start_job(str(db), job) > 0
    assert wait_for(client, api(db, "runs", job.id), "done")["ended_utc"]


GERMAN = (
    "Interviewer: Wie war das?\n\nB1: Ich habe mich sehr geärgert, weil niemand mich zurückgerufen hat und die "
    "Rechnung nicht gestimmt hat. Das war wirklich schlimm für mich und meine Familie, und ich wusste nicht weiter.\n"
)


def test_an_interview_that_the_reader_cannot_read_is_said_before_and_listed_after(db: Path) -> None:
    client = client_of(db)
    upload(client, db, ("P1.txt", talk()), ("B1.txt", GERMAN.encode()))
    page = client.get(f"/studies/{study_of(db).id}/uploads").text
    assert page.count("The built-in reader reads English and Dutch only") == 1
    with opened(db) as store:
        study = store.studies()[0]
        assert work(str(db), ask_run(store, study, {"model": "offline"}, "me").id).state == "partly"
        [failure] = study_status(store, study).failures
        assert failure.name.endswith("B1.txt")
        assert "its language is 'de'" in failure.why
        assert store.card(study).failures == 1


def test_of_many_files_only_those_in_doubt_are_open(db: Path) -> None:
    client = client_of(db)
    sure = [(f"P{number}.txt", talk(f"P{number}", f"thing {number}")) for number in range(1, 6)]
    upload(client, db, *sure, ("notes.txt", b"I was angry about it. Then I went to the shop and it was fine."))
    page = client.get(f"/studies/{study_of(db).id}/uploads").text
    assert page.count('class="heard-d"') == 6
    assert page.count('class="heard-d" open') <= 1


def as_cues(who: str = "P1", what: str = "bill") -> bytes:
    said = talk(who, what).decode().split("\n\n")
    cues = [f"00:00:0{at}.000 --> 00:00:0{at + 1}.000\n{turn.strip()}" for at, turn in enumerate(said)]
    return ("WEBVTT\n\n" + "\n\n".join(cues) + "\n").encode()


def taken_of(store: Store, study: Study, name: str, data: bytes) -> Upload:
    (taken,) = take_files(store, study, [(name, data)], "Anna", ReadSettings())
    assert taken.upload is not None
    return taken.upload


def warnings_of(items: Any) -> dict[str, list[str]]:
    return {one["name"]: [w for heard in one["reading"]["transcripts"] for w in heard["warnings"]] for one in items}


def test_the_same_interview_in_another_format_is_told_at_once_and_no_more_when_one_is_taken_away(db: Path) -> None:
    client = client_of(db)
    upload(client, db, ("P1.txt", talk()), ("P2.txt", talk("P2", "meter and the man who came about it")))
    taken = upload(client, db, ("talk.vtt", as_cues())).json()["items"]
    told = ["This is the same interview as P1.txt. Only one of the two is read: take the other away."]
    assert warnings_of(taken) == {"talk.vtt": told}
    assert "samples" not in taken[0]["reading"]
    listed = client.get(api(db, "uploads")).json()["items"]
    assert warnings_of(listed) == {"P1.txt": [], "P2.txt": [], "talk.vtt": told}
    first = next(one["id"] for one in listed if one["name"] == "P1.txt")
    assert client.delete(api(db, "uploads", first)).status_code == 204
    assert warnings_of(client.get(api(db, "uploads")).json()["items"])["talk.vtt"] == []


@pytest.mark.parametrize(
    ("away", "left"),
    [
        (["P1.txt"], {"talk.vtt": None, "again.md": "talk.vtt", "P2.txt": None}),
        (["talk.vtt"], {"P1.txt": None, "again.md": "P1.txt", "P2.txt": None}),
        (["P1.txt", "talk.vtt"], {"again.md": None, "P2.txt": None}),
        (["talk.vtt", "again.md"], {"P1.txt": None, "P2.txt": None}),
    ],
)
def test_of_three_copies_of_an_interview_those_that_are_left_are_told_as_they_are(
    db: Path, away: list[str], left: dict[str, str | None]
) -> None:
    client = client_of(db)
    upload(client, db, ("P1.txt", talk()), ("talk.vtt", as_cues()), ("again.md", b"# Talk\n\n" + talk()))
    upload(client, db, ("P2.txt", talk("P2", "meter and the man who came about it")))
    for name in away:
        ids = {one["name"]: one["id"] for one in client.get(api(db, "uploads")).json()["items"]}
        assert client.delete(api(db, "uploads", ids[name])).status_code == 204
    told = warnings_of(client.get(api(db, "uploads")).json()["items"])
    assert told == {name: [same_as(of)] if of else [] for name, of in left.items()}


def test_an_interview_that_was_read_is_sketched_once_for_all_uploads(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client, sketched, sample = client_of(db), list[str](), KnownSpeech.sample
    upload(client, db, ("P1.txt", talk()))
    with opened(db) as store:
        work(str(db), ask_run(store, study_of(db), {}, "Anna").id)

    def noted(known: KnownSpeech, transcript: Transcript) -> list[int]:
        sketched.append(transcript.name)
        return sample(known, transcript)

    monkeypatch.setattr(KnownSpeech, "sample", noted)
    for number in range(3):
        upload(client, db, (f"other {number}.txt", talk(f"Q{number}", f"thing {number}")))
    told = warnings_of(upload(client, db, ("talk.vtt", as_cues())).json()["items"])
    assert sketched.count("P1.txt") == 1
    assert told == {"talk.vtt": [same_as("P1.txt")]}


def test_an_interview_that_was_read_is_known_in_another_format(db: Path) -> None:
    client = client_of(db)
    upload(client, db, ("P1.txt", talk()))
    with opened(db) as store:
        work(str(db), ask_run(store, study_of(db), {}, "Anna").id)
    assert "as P1.txt" in warnings_of(upload(client, db, ("talk.vtt", as_cues())).json()["items"])["talk.vtt"][0]


def test_what_a_run_has_settled_meanwhile_is_neither_compared_nor_seen_again(db: Path) -> None:
    with opened(db) as store:
        study = study_of(db)
        first = taken_of(store, study, "P1.txt", talk())
        kept, store.upload_content = store.upload_content, lambda *_: b""  # type: ignore[method-assign]
        other = taken_of(store, study, "talk.vtt", as_cues())
        assert (other.state, warnings_of([{"name": "v", "reading": other.reading}])) == ("waiting", {"v": []})
        store.upload_content = kept  # type: ignore[method-assign]
        store.settle_upload(study, first.id, "read")
        store.resee_upload(study, first.id, first.reading)
        assert store.upload(study, first.id).reading == {}


@pytest.mark.parametrize("table_first", [True, False])
def test_a_copy_that_came_first_takes_the_row_of_the_original(db: Path, table_first: bool) -> None:
    table = ("participants.csv", b"participant,file,age\nK7,original.txt,41\n")
    client = client_of(db)
    if table_first:
        upload(client, db, table)
    upload(client, db, ("copy of it.txt", talk("Participant")))
    refused = upload(client, db, ("original.txt", talk("Participant"))).json()
    assert refused["items"] == []
    if not table_first:
        upload(client, db, table)
    with opened(db) as store:
        work(str(db), ask_run(store, study_of(db), {}, "Anna").id)
        assert [(one.id, one.attributes) for one in store.participants(study_of(db))] == [("K7", {"age": "41"})]
        assert [one.state for one in store.uploads(study_of(db))] == ["read"] * 2


def test_a_file_without_speakers_says_what_to_do(db: Path) -> None:
    segments = [{"start": n, "end": n + 1, "text": f"Sentence {n} of it."} for n in range(4)]
    client = client_of(db)
    taken = upload(client, db, ("whisper.json", json.dumps({"segments": segments}).encode())).json()["items"]
    assert "Export it with speakers, or write" in warnings_of(taken)["whisper.json"][0]
    page = client.get(f"/studies/{study_of(db).id}/uploads").text
    assert "Export it with speakers, or write" in page


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::UserWarning")
def test_the_page_says_what_of_a_run_is_reading_drafting_and_the_critic(db: Path) -> None:
    client = client_of(db)
    upload(client, db, ("P1.txt", talk()))
    page = client.get(f"/studies/{study_of(db).id}/uploads/check", params={"model": "openai/gpt-4o-mini"}).text
    assert all(f'<th scope="row">{part}</th>' in page for part in ("Reading", "Drafting", "Critic"))
    wrong = client.get(f"/studies/{study_of(db).id}/uploads/check", params={"model": "gpt-99"}).text
    assert 'class="problem"' in wrong
    assert "litellm knows no model or provider of this name" in wrong


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::UserWarning")
def test_a_service_that_leaves_names_says_so_before_a_model_reads(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(db)
    upload(client, db, ("talk.txt", talk("Marieke Jansen")))
    address = f"/studies/{study_of(db).id}/uploads/check"
    asked = {model: {"model": model} for model in ("openai/gpt-4o-mini", "offline")}
    hosted = client.get(address, params=asked["openai/gpt-4o-mini"]).text
    assert "Marieke Jansen" in hosted
    assert "NOT replaced" not in hosted
    monkeypatch.setenv("SYNTH_NAMES", "keep")
    told = {model: client.get(address, params=one).text for model, one in asked.items()}
    assert "NOT replaced" in told["openai/gpt-4o-mini"]
    assert "Nothing leaves this machine" not in told["openai/gpt-4o-mini"]
    assert "Nothing leaves this machine" in told["offline"]
    assert "NOT replaced" not in told["offline"]
    checked = client.get(api(db, "uploads", "check"), params=asked["openai/gpt-4o-mini"]).json()
    assert (checked["leaves"], checked["names"]) == (True, [])
    monkeypatch.setenv("SYNTH_NAMES", "replace")
    own = client.get(api(db, "uploads", "check"), params=asked["offline"]).json()
    assert (own["leaves"], [one["name"] for one in own["names"]]) == (False, ["Marieke Jansen"])
