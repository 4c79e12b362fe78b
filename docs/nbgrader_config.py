"""Settings for a course on nbgrader: copy this file into the folder of the course.

`source/NAME/NAME.ipynb` is a notebook of `solutions/`. nbgrader takes the solutions out by itself; the rubrics for
the instructor stand in cells tagged `instructor`, which it would hand out. Here they are taken out too.

nbgrader gives each cell 30 seconds by the clock. On a machine that grades for a whole class that may be too short for
the cells that run a real system, such as those of exercises 06 and 07; a cell may have ten minutes here.
"""

from nbconvert.preprocessors import TagRemovePreprocessor
from nbgrader.converters import GenerateAssignment

c = get_config()  # noqa: F821  (nbgrader gives it)
c.CourseDirectory.course_id = "counting_calls"
c.TagRemovePreprocessor.enabled = True
c.TagRemovePreprocessor.remove_cell_tags = {"instructor"}
c.GenerateAssignment.preprocessors = [TagRemovePreprocessor, *GenerateAssignment.preprocessors.default()]
c.ExecutePreprocessor.timeout = 600
