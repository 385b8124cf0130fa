# Most of the time that a file takes to compile goes into its headers, so the presets compile the files of a target eight at a
# time (CMAKE_UNITY_BUILD, CMake's): from nothing that takes a third of the time. Two files of a target may not give one name to two things,
# then, not even in unnamed namespaces. The preset "tidy" compiles each by itself.
#
# usher_each_alone(TARGET): not so here.
function(usher_each_alone target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD OFF)
endfunction()

# usher_room(NAME DEPS...): one static library for the folder at hand, so that the link graph repeats the
# include law of docs/design.md. Every .cc of the folder belongs to it.
function(usher_room name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  if(NOT sources)
    add_library(${name} INTERFACE)
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
  target_link_libraries(${name} PUBLIC ${ARGN})
endfunction()

# usher_tests(ROOM DEPS...): one GoogleTest program for the folder at hand, each test known to CTest by name.
function(usher_tests room)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(${room}_tests ${sources})
  target_link_libraries(${room}_tests PRIVATE ${ARGN} GTest::gtest_main GTest::gmock)
  gtest_discover_tests(${room}_tests TEST_PREFIX ${room}/ PROPERTIES LABELS unit DISCOVERY_TIMEOUT 60)
endfunction()
