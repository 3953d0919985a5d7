// Tampering of every kind is noticed, and the first broken row is named.
#include "core/audit/verify.hpp"

#include "core/audit/checkpoint.hpp"
#include "support/audit_fixture.hpp"

namespace sovereign::core {
namespace {

class AuditVerify : public AuditFixture {};

TEST_F(AuditVerify, AnEmptyLogIsIntact) {
  const auto verified = verify();
  EXPECT_TRUE(verified.intact);
  EXPECT_EQ(verified.rows, 0);
}

TEST_F(AuditVerify, AnUntouchedLogIsIntactAndSealedUntilItsLastCheckpoint) {
  add(10);
  make_checkpoint();
  add(5);
  const auto verified = verify();
  EXPECT_TRUE(verified.intact);
  EXPECT_EQ(verified.rows, 15);
  EXPECT_EQ(verified.last_sequence, 15);
  EXPECT_EQ(verified.sealed_until, 10);
  EXPECT_EQ(verified.checkpoints, 2);
}

TEST_F(AuditVerify, OneEditedByteOfTheFileNamesTheRow) {
  add(20);
  make_checkpoint();
  database_.close();
  edit_file(database_.path(), "a.b13", "a.b93");
  database_.reopen();
  expect_fault(13, "changed");
  EXPECT_EQ(verify().fault->event_id.size(), 36U);
}

TEST_F(AuditVerify, AnEditInAnyColumnIsNoticed) {
  add(3);
  make_checkpoint();
  database_.close();
  std::ifstream file(database_.path(), std::ios::binary);
  const std::string untouched{std::istreambuf_iterator<char>(file), {}};
  for (const char* change :
       {"event_id = 'x'", "at = at + 1", "event_type = 'x'", "severity = 'warn'",
        "actor_type = 'agent'", "actor_id = 'x'", "subject_type = 'x'", "subject_id = 'x'",
        "correlation_id = ''", "causation_id = 'x'", "metadata = '{ }'", "hash = 'x'",
        "subject_type = 'agenta', subject_id = '.b2'", "at = at || 'x'", "actor_id = 7",
        "metadata = x'00'", "hash = x'00'"}) {
    SCOPED_TRACE(change);
    std::ofstream(database_.path(), std::ios::binary) << untouched;
    tamper(fmt::format("UPDATE audit_events SET {} WHERE sequence = 2", change));
    expect_fault(2, "changed");
    database_.close();
  }
}

TEST_F(AuditVerify, ADeletedRowIsNamed) {
  add(5);
  tamper("DELETE FROM audit_events WHERE sequence = 3");
  expect_fault(3, "missing; the next one there is 4");
}

TEST_F(AuditVerify, ADeletedRowIsNoticedWhenTheRestIsNumberedAnew) {
  add(5);
  tamper(
      "DELETE FROM audit_events WHERE sequence = 3;"
      "UPDATE audit_events SET sequence = sequence - 1 WHERE sequence > 3");
  expect_fault(3, "changed");
}

TEST_F(AuditVerify, SwappedRowsAreNoticed) {
  add(5);
  tamper(
      "UPDATE audit_events SET sequence = 100 WHERE sequence = 2;"
      "UPDATE audit_events SET sequence = 2 WHERE sequence = 3;"
      "UPDATE audit_events SET sequence = 3 WHERE sequence = 100");
  expect_fault(2, "changed");
}

TEST_F(AuditVerify, ATruncatedLogIsNoticedByItsCheckpoints) {
  add(5);
  make_checkpoint();
  tamper("DELETE FROM audit_events WHERE sequence > 3");
  expect_fault(4, "end of the log is missing");
}

TEST_F(AuditVerify, ATruncatedLogIsNoticedByTheFileWhenTheTableWasCutToo) {
  add(3);
  make_checkpoint();
  add(2);
  make_checkpoint();
  tamper(
      "DELETE FROM audit_events WHERE sequence > 3;"
      "DELETE FROM audit_checkpoints WHERE sequence > 3");
  expect_fault(4, "there is a checkpoint of row 5");
}

TEST_F(AuditVerify, ATruncatedLogThatWentOnIsNoticed) {
  add(5);
  make_checkpoint();
  tamper("DELETE FROM audit_events WHERE sequence > 3; DELETE FROM audit_checkpoints");
  add(4);
  expect_fault(5, "not the one that was signed");
}

TEST_F(AuditVerify, AForgedCheckpointIsNoticed) {
  add(2);
  make_checkpoint();
  const auto other = crypto::Ed25519Key::from_seed(std::array<std::uint8_t, 32>{9});
  const auto hash = sql::text(rows("SELECT hash FROM audit_events WHERE sequence = 2").at(0)[0]);
  const auto forged = signed_by(other, {.sequence = 2, .hash = hash, .at = clock_.now()});
  tamper(fmt::format("UPDATE audit_checkpoints SET signature = '{}'", forged.signature));
  expect_fault(2, "not signed with this Core's key");
}

TEST_F(AuditVerify, ARewrittenChainIsNoticedByTheCheckpoint) {
  add(3);
  make_checkpoint();
  // Somebody with the program but without the key writes another history.
  tamper("DELETE FROM audit_events");
  add(3);
  expect_fault(3, "not the one that was signed");
}

TEST_F(AuditVerify, AChangedOrShortenedCheckpointFileIsNoticed) {
  add(2);
  make_checkpoint();
  add(2);
  make_checkpoint();
  const auto whole = read_checkpoint_file(checkpoint_file()).value();
  ASSERT_EQ(whole.size(), 2U);

  std::ofstream(checkpoint_file(), std::ios::binary) << to_line(whole[0]);
  expect_fault(4, "not in the file");
  std::ofstream(checkpoint_file(), std::ios::binary) << to_line(whole[0]) << "4 hello\n";
  expect_fault(5, "Line 2");
  std::ofstream(checkpoint_file(), std::ios::binary) << "";
  expect_fault(2, "not in the file");
  std::ofstream(checkpoint_file(), std::ios::binary) << to_line(whole[0]) << to_line(whole[1]);
  EXPECT_TRUE(verify().intact);
}

TEST_F(AuditVerify, HalfALineThatACrashLeftIsNoFaultAndIsReplaced) {
  add(2);
  make_checkpoint();
  std::ofstream(checkpoint_file(), std::ios::binary | std::ios::app) << "4 17500";
  EXPECT_TRUE(verify().intact);
  add(2);
  make_checkpoint();
  EXPECT_EQ(read_checkpoint_file(checkpoint_file()).value().size(), 2U);
  EXPECT_TRUE(verify().intact);
  EXPECT_EQ(verify().sealed_until, 4);
}

TEST_F(AuditVerify, ADamagedFileSaysFromWhichRowOn) {
  add(400);
  const auto hash = sql::text(rows("SELECT hash FROM audit_events WHERE sequence = 300").at(0)[0]);
  database_.close();
  {
    std::fstream file(database_.path(), std::ios::binary | std::ios::in | std::ios::out);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    const auto at = content.find(hash);
    ASSERT_NE(at, std::string::npos);
    file.clear();
    // The header of the page that holds the row: its kind of page.
    file.seekp(static_cast<std::streamoff>(at / 4096 * 4096));
    file.put('\x7f');
  }
  database_.reopen();
  const auto verified = verify();
  ASSERT_TRUE(verified.fault);
  EXPECT_GT(verified.fault->sequence, 1);
  EXPECT_LE(verified.fault->sequence, 300);
  EXPECT_TRUE(verified.fault->problem.contains("damaged")) << verified.fault->problem;
}

TEST(Checkpoint, LinesReadBackAndNothingElseDoes) {
  const Checkpoint checkpoint{
      .sequence = 7, .hash = std::string(64, 'a'), .at = base::Timestamp{}, .signature = "c2ln"};
  const std::string line = to_line(checkpoint);
  EXPECT_EQ(parse_checkpoint(line.substr(0, line.size() - 1)), checkpoint);
  for (const std::string& bad :
       {std::string(), std::string("7"), line, "x" + line.substr(1),
        "0" + line.substr(1, line.size() - 2), "-7" + line.substr(1, line.size() - 2),
        line.substr(0, 20), line.substr(0, line.size() - 1) + " more"}) {
    EXPECT_FALSE(parse_checkpoint(bad)) << bad;
  }
}

}  // namespace
}  // namespace sovereign::core
