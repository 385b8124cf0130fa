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
