"""What is done with it: read the incident, render, send; retry what fails, heal what was missed."""
