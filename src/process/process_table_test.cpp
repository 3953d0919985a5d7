#include "process/process_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

namespace sovereign::process {
namespace {

using testing::ElementsAre;

constexpr std::string_view kLine =
    "42 (a) b) R 7 42 41 0 -1 4194560 1 2 3 4 150 50 0 0 20 0 1 0 987654 10000 25 184467 "
    "1 2 3 4 5 0 0 0 0 0 0 0 17 1 0 0 0 0 0 6 7 8 9 10 11 77 0\n";

std::vector<pid_t> pids(const std::vector<ProcessEntry>& entries) {
  std::vector<pid_t> numbers;
  for (const auto& entry : entries) numbers.push_back(entry.pid);
  return numbers;
}

ProcessEntry entry(pid_t pid, pid_t parent, pid_t session, StartTime start = 100) {
  return {.pid = pid, .parent = parent, .session = session, .state = 'S', .start_time = start};
}

TEST(ParseStat, ReadsTheFieldsAfterANameWithParentheses) {
  const auto read = parse_stat(kLine);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->pid, 42);
  EXPECT_EQ(read->parent, 7);
  EXPECT_EQ(read->session, 41);
  EXPECT_EQ(read->state, 'R');
  EXPECT_EQ(read->cpu_ticks, 200U);
  EXPECT_EQ(read->start_time, 987654U);
  EXPECT_EQ(read->virtual_bytes, 10000U);
  EXPECT_EQ(read->resident_pages, 25U);
  EXPECT_EQ(read->environment_end, 77U);
}

TEST(ParseStat, RefusesEveryCutLineWithoutAllFields) {
  const auto complete = kLine.find(" 77 ") + 3;
  for (std::size_t length = 0; length < complete - 2; ++length) {
    EXPECT_FALSE(parse_stat(kLine.substr(0, length)).has_value()) << length;
  }
  EXPECT_TRUE(parse_stat(kLine.substr(0, complete)).has_value());
}

TEST(ProcessTable, FindsThisProcess) {
  const auto self = read_entry(::getpid());
  ASSERT_TRUE(self.has_value());
  EXPECT_EQ(self->parent, ::getppid());
  EXPECT_TRUE(verify(::getpid(), self->start_time));
  EXPECT_FALSE(verify(::getpid(), self->start_time + 1));
  EXPECT_THAT(pids(ProcessTable::read().entries()), testing::Contains(::getpid()));
}

TEST(ProcessTable, SubtreeFollowsParentsEvenWithHigherNumbers) {
  const ProcessTable table(
      {entry(10, 1, 10), entry(11, 30, 10), entry(12, 1, 12), entry(30, 10, 10)});
  EXPECT_THAT(pids(table.subtree(10)), ElementsAre(10, 11, 30));
}

TEST(ProcessTable, UsageSumsTheSubtree) {
  auto first = entry(10, 1, 10);
  first.resident_pages = 3;
  auto second = entry(11, 10, 10);
  second.resident_pages = 4;
  const auto usage = ProcessTable({first, second, entry(12, 1, 12)}).usage(10);
  EXPECT_EQ(usage.processes, 2U);
  EXPECT_EQ(usage.resident_bytes, 7U * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
}

}  // namespace
}  // namespace sovereign::process
