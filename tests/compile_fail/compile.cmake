# cmake -D COMPILER=... -D SNIPPET=file.cc -D INCLUDES=... -D OPTIONS=... -P compile.cmake
# Compiles SNIPPET and compares what the compiler says with its first line.
cmake_minimum_required(VERSION 3.25)

# Not file(STRINGS), which takes brackets and semicolons for list syntax.
file(READ ${SNIPPET} source)
string(FIND "${source}" "\n" end)
string(SUBSTRING "${source}" 0 ${end} first)
if(first MATCHES "^// Expected: (.+)$")
  set(expected "${CMAKE_MATCH_1}")
endif()

set(flags "")
foreach(include ${INCLUDES})
  list(APPEND flags -I ${include})
endforeach()
execute_process(
  COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C
    ${COMPILER} -std=c++20 -fsyntax-only ${OPTIONS} ${flags} ${SNIPPET}
  RESULT_VARIABLE result
  ERROR_VARIABLE said)

if(NOT DEFINED expected)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "It should compile:\n${said}")
  endif()
  return()
endif()
if(result EQUAL 0)
  message(FATAL_ERROR "It compiles, and should say: ${expected}")
endif()
string(FIND "${said}" "${expected}" found)
if(found EQUAL -1)
  message(FATAL_ERROR "It should say: ${expected}\nIt says:\n${said}")
endif()
string(REGEX MATCHALL " error: " errors "${said}")
list(LENGTH errors count)
if(NOT count EQUAL 1)
  message(FATAL_ERROR "It should say one thing, and says ${count}:\n${said}")
endif()
