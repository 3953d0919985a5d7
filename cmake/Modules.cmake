# Conventions: a folder under src/ is one static library, named as its path with '_' for '/'.
# Its *_test.cpp files, beside what they test, become one test program <library>_test.
include(cmake/Precompile.cmake)

# sovereign_library(NAME [DEPENDS libraries...] [PACKAGES imported targets...] [TEST_DEPENDS ...])
#   DEPENDS   project libraries that the headers or sources use
#   RECURSIVE takes the files of the folders below too
#   PACKAGES  third-party targets, private to this library unless they are in PUBLIC_PACKAGES
function(sovereign_library name)
  cmake_parse_arguments(ARG "RECURSIVE" "" "DEPENDS;PACKAGES;PUBLIC_PACKAGES;TEST_DEPENDS" ${ARGN})
  if(ARG_RECURSIVE)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  else()
    file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  endif()
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(sources)
    add_library(${name} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(${name} PRIVATE ${ARG_PACKAGES})
    sovereign_precompile(${name} USES ${name} ${ARG_DEPENDS})
  else()
    add_library(${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(${name} ${scope} ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${name} ${scope} ${ARG_DEPENDS} ${ARG_PUBLIC_PACKAGES} fmt::fmt)
  if(SOVEREIGN_TESTS AND tests)
    sovereign_test(${name}_test SOURCES ${tests} DEPENDS ${name} ${ARG_TEST_DEPENDS} ${ARG_PACKAGES})
  endif()
endfunction()

# sovereign_test(NAME SOURCES files... DEPENDS libraries...): a GoogleTest program. CTest knows it as
# one test; tools/test counts those inside it.
function(sovereign_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} GTest::gmock GTest::gtest GTest::gtest_main)
  sovereign_precompile(${name} TEST USES ${ARG_DEPENDS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  # One process a program: its tests share what is slow to start (a private PostgreSQL).
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS unit)
endfunction()

# sovereign_fuzz(NAME DEPENDS libraries...): the fuzz target NAME_fuzz.cpp. With SOVEREIGN_FUZZ it is
# a libFuzzer program; in every other build it replays corpus/NAME as a test.
function(sovereign_fuzz name)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  if(SOVEREIGN_FUZZ)
    add_executable(${name}_fuzz ${name}_fuzz.cpp)
    target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(${name}_fuzz ${name}_fuzz.cpp replay_main.cpp)
    add_test(NAME fuzz.${name}.corpus
      COMMAND ${name}_fuzz ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
    set_tests_properties(fuzz.${name}.corpus PROPERTIES TIMEOUT 120 LABELS unit)
  endif()
  target_link_libraries(${name}_fuzz PRIVATE ${ARG_DEPENDS})
  sovereign_precompile(${name}_fuzz)
  set_target_properties(${name}_fuzz PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz_targets)
endfunction()
