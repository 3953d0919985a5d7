#include "process/run_command.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "process/spawn_test.hpp"

namespace sovereign::process {
namespace {

namespace asio = boost::asio;
using testing::HasSubstr;

class RunCommand : public testing::Test {
 protected:
  Spawner spawner;
};

TEST_F(RunCommand, KeepsTheStreamsApartAndTellsTheStatus) {
  const auto result = run(spawner, shell("echo out; echo err >&2; exit 3"));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->output, "out\n");
  EXPECT_EQ(result->errors, "err\n");
  EXPECT_EQ(result->status, (ExitStatus{.code = 3}));
  EXPECT_FALSE(result->succeeded());
  EXPECT_EQ(describe(shell(""), *result), "sh exited with status 3");
}

TEST_F(RunCommand, PassesTheInputWhole) {
  auto command = shell("wc -c");
  command.input = std::string(300'000, 'x');
  EXPECT_EQ(run(spawner, std::move(command))->output, "300000\n");
}

TEST_F(RunCommand, InputIsEmptyUnlessGiven) {
  EXPECT_EQ(run(spawner, shell("readlink /proc/self/fd/0; cat"))->output, "/dev/null\n");
}

TEST_F(RunCommand, TheEnvironmentIsExactlyWhatIsGivenAndTheMarker) {
  auto command = shell("");
  command.program = "env";
  command.arguments = {};
  command.environment[std::string(kTreeMarker)] = "m1";
  EXPECT_EQ(run(spawner, std::move(command))->output,
            "LANG=C.UTF-8\nOPENSENTIENCE_RUN_ID=m1\nPATH=/usr/bin:/bin\n");
}

TEST_F(RunCommand, OutputBeyondTheCapIsDroppedButNotHeldBack) {
  auto command = shell("head -c 5000000 /dev/zero; echo end >&2");
  command.output_bytes = 1000;
  std::size_t seen = 0;
  command.on_output = [&](Stream stream, std::string_view bytes) {
    if (stream == Stream::output) seen += bytes.size();
  };
  const auto result = run(spawner, std::move(command));
  EXPECT_EQ(result->output.size(), 1000U);
  EXPECT_TRUE(result->output_truncated);
  EXPECT_FALSE(result->errors_truncated);
  EXPECT_EQ(result->errors, "end\n");
  EXPECT_EQ(seen, 5'000'000U);
}

TEST_F(RunCommand, TimeOutEndsATreeThatIgnoresSigterm) {
  auto command = shell("trap '' TERM; sleep 1000 & echo $!; sleep 1000");
  command.timeout = std::chrono::milliseconds(300);
  command.grace = std::chrono::milliseconds(50);
  FileDescriptor sleeper;
  command.on_output = [&](Stream, std::string_view text) {
    sleeper = watch(std::stoi(std::string(text)));
  };
  const auto described = command;
  const auto result = run(spawner, std::move(command));
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->timed_out);
  EXPECT_EQ(result->status.signal, SIGKILL);
  EXPECT_EQ(describe(described, *result), "sh was ended after 0 s (time limit)");
  ASSERT_TRUE(sleeper);
  EXPECT_TRUE(ends(sleeper));
}

TEST_F(RunCommand, WhatOutlivesTheProgramIsEnded) {
  FileDescriptor sleeper;
  auto command = shell("setsid sleep 1000 & echo $!");
  command.on_output = [&](Stream, std::string_view text) {
    sleeper = watch(std::stoi(std::string(text)));
  };
  const auto result = run(spawner, std::move(command));
  EXPECT_TRUE(result->succeeded());
  ASSERT_TRUE(sleeper);
  EXPECT_TRUE(ends(sleeper));
}

TEST_F(RunCommand, CancellationEndsTheTreeBeforeItReturns) {
  asio::io_context loop(1);
  asio::cancellation_signal signal;
  FileDescriptor sleeper;
  bool had_ended = false;
  auto command = shell("trap '' TERM; setsid sleep 1000 & echo $!; wait");
  command.grace = std::chrono::milliseconds(20);
  command.on_output = [&](Stream, std::string_view text) {
    sleeper = watch(std::stoi(std::string(text)));
    signal.emit(asio::cancellation_type::terminal);
  };
  std::optional<Result<CommandResult>> outcome;
  asio::co_spawn(loop, run_command(spawner, std::move(command)),
                 asio::bind_cancellation_slot(
                     signal.slot(), [&](std::exception_ptr, Result<CommandResult> result) {
                       pollfd ended{.fd = sleeper.get(), .events = POLLIN, .revents = 0};
                       had_ended = ::poll(&ended, 1, 0) == 1;
                       outcome = std::move(result);
                     }));
  loop.run();
  ASSERT_TRUE(outcome.has_value());
  ASSERT_FALSE(outcome->has_value());
  EXPECT_EQ(outcome->error().code, ErrorCode::unavailable);
  EXPECT_TRUE(had_ended);
}

TEST_F(RunCommand, AFileBeyondItsLimitIsReportedAsSuch) {
  const auto path = std::filesystem::temp_directory_path() / fmt::format("fsize-{}", ::getpid());
  auto command = python("open('" + path.string() + "', 'wb').write(b'x' * 100000)");
  command.arguments[1] =
      "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL); " + command.arguments[1];
  command.limits.file_size = 1000;
  const auto described = command;
  const auto result = run(spawner, std::move(command));
  std::filesystem::remove(path);
  EXPECT_EQ(result->status.signal, SIGXFSZ);
  EXPECT_THAT(describe(described, *result), HasSubstr("beyond its size limit"));
}

TEST_F(RunCommand, SayWhyAProgramDidNotStart) {
  struct Case {
    std::string program;
    std::string directory;
    ErrorCode code;
    std::string_view detail;
  };
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("exec-{}", ::getpid());
  std::filesystem::create_directory(folder);
  const auto write = [&](std::string_view name, std::string_view text, int mode) {
    const auto path = folder / name;
    FILE* file = std::fopen(path.c_str(), "w");
    std::fwrite(text.data(), 1, text.size(), file);
    std::fclose(file);
    ::chmod(path.c_str(), mode);
    return path.string();
  };
  const std::string plain = write("plain", "#!/bin/sh\n", 0600);
  const std::string orphan = write("orphan", "#!/no/such/interpreter\n", 0700);
  const std::string text = write("text", "just words\n", 0700);
  const Case cases[] = {
      {"no-such-program", "/", ErrorCode::not_found, "no program 'no-such-program' in PATH"},
      {"/no/such/file", "/", ErrorCode::not_found, "no program '/no/such/file'"},
      {"./missing", "/", ErrorCode::not_found, "no program './missing'"},
      {"/usr", "/", ErrorCode::not_found, "no program '/usr'"},
      {plain, "/", ErrorCode::forbidden, "not executable"},
      {orphan, "/", ErrorCode::not_found, "interpreter"},
      {text, "/", ErrorCode::unprocessable, "not a program"},
      {"sh", "/no/such/folder", ErrorCode::not_found, "no folder '/no/such/folder'"},
      {"sh", plain, ErrorCode::not_found, "no folder"},
      {std::string("s\0h", 3), "/", ErrorCode::unprocessable, "NUL"},
  };
  for (const auto& row : cases) {
    auto command = shell("");
    command.program = row.program;
    command.directory = row.directory;
    const auto result = run(spawner, std::move(command));
    ASSERT_FALSE(result.has_value()) << row.program;
    EXPECT_EQ(result.error().code, row.code) << row.program;
    EXPECT_THAT(result.error().detail, HasSubstr(row.detail));
  }
  std::filesystem::remove_all(folder);
}

TEST_F(RunCommand, APathInTheWorkingFolderIsNotSearched) {
  auto command = shell("");
  command.directory = "/usr/bin";
  command.environment["PATH"] = ":.:bin";
  EXPECT_EQ(run(spawner, std::move(command)).error().code, ErrorCode::not_found);
}

TEST_F(RunCommand, TwoHundredRunsLeaveNoDescriptorAndNoZombie) {
  const auto count = [] {
    const auto folder = std::filesystem::directory_iterator("/proc/self/fd");
    return std::distance(begin(folder), end(folder));
  };
  ASSERT_TRUE(run(spawner, shell("true")).has_value());
  const auto before = count();
  for (int i = 0; i < 200; ++i) {
    auto command = shell("");
    command.program = "true";
    command.arguments = {};
    ASSERT_TRUE(run(spawner, std::move(command))->succeeded());
  }
  EXPECT_EQ(count(), before);
  EXPECT_EQ(ProcessTable::read().subtree(::getpid()).size(), 1U);
}

}  // namespace
}  // namespace sovereign::process
